import type { StartedEngine } from '../engine/private-engine.ts';
import type { DevenvError } from '../errors.ts';
import type { CommandFunction, Context, WorkTools } from './context.ts';
import { searchEngine } from './engine-search.ts';

/** Starts devenv's own engine, where no engine answers yet. */
export const engineStart: CommandFunction = async (context, { options }) => {
  const { discoveryInput, engineOwner } = await import('./engine-options.ts');
  const search = await searchEngine(await discoveryInput(context));
  if (search.found) {
    const { via, address } = search;
    await context.result({ host: address.host, started: false }, () => {
      return `An engine answers already: ${address.host} (${via}).\n`;
    });
    return 0;
  }
  if (context.options.dryRun) return showWhatWouldStart(context);
  const { startPrivateEngine } = await import('../engine/private-engine.ts');
  const engine = await context.work((tools) => {
    warnOfChoice(context, search.failure, tools);
    return startPrivateEngine(engineOwner(context), {
      install: options.install === true,
      ...tools,
    });
  });
  const { host, started } = engine;
  await context.result({ host, started }, () => startText(engine));
  return 0;
};

/** The next command would look where this one has found nothing. */
function warnOfChoice(
  { options, environment }: Context,
  failure: DevenvError,
  { report }: WorkTools,
): void {
  if (options.host === undefined && !environment.DOCKER_HOST && !environment.DOCKER_CONTEXT) return;
  report({
    type: 'notice',
    text: `${failure.message} devenv goes on looking there as long as it is told to.`,
  });
}

async function showWhatWouldStart(context: Context): Promise<number> {
  const { engineOwner } = await import('./engine-options.ts');
  const { privateEngineStatus } = await import('../engine/private-engine.ts');
  const { missingRequirements } = await import('../engine/private-engine/meet-requirements.ts');
  const owner = engineOwner(context);
  const { host, rootless } = await privateEngineStatus(owner);
  const missing = (await missingRequirements(owner)).map(({ lack }) => lack);
  await context.result({ host, started: false }, () => {
    const lines = [`Would start ${rootless ? 'a rootless' : 'an'} engine at ${host}.`];
    if (missing.length > 0) lines.push(`First it needs --install: ${missing.join(', ')}.`);
    return `${lines.join('\n')}\n`;
  });
  return 0;
}

function startText({ host, started, own }: StartedEngine): string {
  if (!own) return `The installed engine runs at ${host}.\n`;
  const what = started ? 'The engine runs' : 'The engine was running already';
  return `${what} at ${host}.\ndevenv finds it by itself; for other programs: export DOCKER_HOST=${host}\n`;
}
