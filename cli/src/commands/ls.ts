import type { WorkspaceSummary } from '../engine/workspaces.ts';
import { formatAge } from '../ui/format.ts';
import type { Column } from '../ui/table.ts';
import { openOptions, type CommandFunction } from './context.ts';
import { portResult } from './port-text.ts';

export const ls: CommandFunction = async (context) => {
  const { connect } = await import('../engine/workspace.ts');
  const { currentCaller } = await import('../engine/host/caller.ts');
  const { listWorkspaces } = await import('../engine/workspaces.ts');
  const caller = currentCaller();
  const docker = await connect(openOptions(context), caller);
  const all = await listWorkspaces(docker, caller);
  await context.result({ workspaces: all.map(summaryResult) }, async () => {
    if (all.length === 0) return 'You have no workspaces. "devenv up" makes one.\n';
    const { renderTable } = await import('../ui/table.ts');
    return renderTable(all, columns(Date.now()), context.stdout.columns);
  });
  return 0;
};

function summaryResult(summary: WorkspaceSummary): object {
  const { containerName, root, file, rootExists, ports, ...same } = summary;
  return {
    ...same,
    container: containerName,
    folder: root,
    file: file === '' ? null : file,
    folderExists: rootExists ?? null,
    ports: ports.map(portResult),
  };
}

function columns(now: number): Column<WorkspaceSummary>[] {
  return [
    {
      title: 'NAME',
      value: ({ name, environment }) => (environment === '' ? name : `${name} (${environment})`),
    },
    { title: 'STATE', value: ({ state }) => state },
    {
      title: 'FOLDER',
      value: ({ root, rootExists }) => (rootExists === false ? `${root} (gone)` : root),
      shrink: true,
    },
    { title: 'IMAGE', value: ({ image }) => image, shrink: true },
    {
      title: 'PORTS',
      value: ({ ports }) => ports.map(({ host, container }) => `${host}:${container}`).join(' '),
    },
    { title: 'SESSIONS', value: ({ sessions }) => (sessions === 0 ? '' : String(sessions)) },
    { title: 'AGE', value: ({ createdAt }) => formatAge(createdAt, now) },
    // What -w takes where two workspaces have one name.
    { title: 'ID', value: ({ id }) => id },
  ];
}
