import type { Command, Config } from '../config/config.ts';
import { suggest } from '../config/suggest.ts';
import { DevenvError } from '../errors.ts';
import { commandText } from '../plan/command-argv.ts';
import type { CommandFunction, Context } from './context.ts';
import { enterWorkspace } from './enter-workspace.ts';
import { loadConfig } from './load-config.ts';

export const run: CommandFunction = (context, input) => {
  const [name, ...further] = input.args;
  if (name === undefined) return listTasks(context);
  return enterWorkspace(context, input, ({ config }) => ({
    kind: 'task',
    command: findTask(config, name),
    further,
  }));
};

async function listTasks(context: Context): Promise<number> {
  const { config } = await loadConfig(context);
  const tasks = Object.entries(config.tasks).map(([name, command]) => ({
    name,
    command: commandText(command),
  }));
  await context.result({ tasks }, async () => {
    if (tasks.length === 0) return 'There are no tasks; "tasks:" in devenv.yaml names them.\n';
    const { renderTable } = await import('../ui/table.ts');
    return renderTable(
      tasks,
      [
        { title: 'TASK', value: ({ name }) => name },
        { title: 'COMMAND', value: ({ command }) => command, shrink: true },
      ],
      context.stdout.columns,
    );
  });
  return 0;
}

function findTask({ tasks }: Config, name: string): Command {
  const command = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
  if (command !== undefined) return command;
  const known = Object.keys(tasks);
  const near = suggest(name, known);
  const others =
    known.length === 0
      ? 'devenv.yaml names none; add it under "tasks:".'
      : `Tasks: ${known.join(', ')}.`;
  throw new DevenvError('task_not_found', `There is no task named "${name}".`, {
    hint: near === undefined ? others : `Did you mean ${near}? ${others}`,
  });
}
