import { DevenvError } from '../errors.ts';
import type { PublishedPort } from '../plan/world.ts';
import type { Column } from '../ui/table.ts';
import { openOptions, type CommandFunction } from './context.ts';
import { portResult } from './port-text.ts';

export const ports: CommandFunction = async (context) => {
  const { openWorkspace } = await import('../engine/workspace.ts');
  const { glance } = await import('../engine/observe.ts');
  const workspace = await openWorkspace({ ...openOptions(context), evenWithMistakes: true });
  const { container } = await glance(workspace);
  if (container?.state !== 'running') {
    throw new DevenvError('workspace_not_found', 'The workspace is not running.', {
      hint: 'Run "devenv up" first.',
    });
  }
  const found = container.ports;
  await context.result({ ports: found.map(portResult) }, async () => {
    if (found.length === 0) return 'No ports are published; "ports:" in devenv.yaml names them.\n';
    const { renderTable } = await import('../ui/table.ts');
    return renderTable(found, columns, context.stdout.columns);
  });
  return 0;
};

const columns: Column<PublishedPort>[] = [
  { title: 'INSIDE', value: ({ container, protocol }) => `${container}/${protocol}` },
  {
    title: 'ON THIS HOST',
    value: (port) => portResult(port).url ?? `${port.hostIp}:${port.host}`,
  },
];
