import type { PruneResult } from '../engine/prune.ts';
import { DevenvError } from '../errors.ts';
import type { PruneItem } from '../plan/prune.ts';
import { formatBytes } from '../ui/format.ts';
import { write } from '../ui/output.ts';
import type { Column } from '../ui/table.ts';
import { openOptions, type CommandFunction, type Context } from './context.ts';

/** Lists what nobody needs any more, asks, removes it, and says how much that has freed. */
export const prune: CommandFunction = async (context) => {
  const { connect } = await import('../engine/workspace.ts');
  const { currentCaller } = await import('../engine/host/caller.ts');
  const { cacheFolder, stateFolder } = await import('../engine/host/paths.ts');
  const { applyPrune, findPrunable } = await import('../engine/prune.ts');
  const { environment } = context;
  const caller = currentCaller();
  const { home, platform } = caller;
  const docker = await connect(openOptions(context), caller);
  const items = await findPrunable(docker, caller, {
    stateFolder: stateFolder(environment, home, platform),
    cacheFolder: cacheFolder(environment, home, platform),
  });
  if (items.length === 0 || context.options.dryRun) {
    const nothing: PruneResult = { removed: [], kept: [], freed: 0 };
    await context.result(pruneResult(items, nothing), () => listText(context, items));
    return 0;
  }
  if (!context.options.json) await write(context.stderr, await listText(context, items));
  const result = await context.work(async ({ confirm }) => {
    if (!(await confirm(question(items)))) {
      throw new DevenvError('interrupted', 'Nothing was removed.');
    }
    return applyPrune(docker, items);
  });
  await context.result(pruneResult(items, result), () => resultText(result));
  return 0;
};

function pruneResult(found: PruneItem[], { removed, kept, freed }: PruneResult): object {
  return {
    found: found.map(itemResult),
    removed: removed.map(itemResult),
    kept: kept.map(({ item, reason }) => ({ item: itemResult(item), reason })),
    freed,
  };
}

function itemResult({ kind, id, name, reason, bytes }: PruneItem): object {
  return { kind, id, name, reason, bytes };
}

async function listText({ stdout }: Context, items: PruneItem[]): Promise<string> {
  if (items.length === 0) return 'There is nothing to remove.\n';
  const { renderTable } = await import('../ui/table.ts');
  return renderTable(items, columns, stdout.columns);
}

const columns: Column<PruneItem>[] = [
  { title: 'KIND', value: ({ kind }) => kind },
  { title: 'NAME', value: ({ name }) => name, shrink: true },
  { title: 'SIZE', value: ({ bytes }) => formatBytes(bytes) },
  { title: 'REASON', value: ({ reason }) => reason, shrink: true },
];

function question(items: PruneItem[]): string {
  const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
  const things = items.length === 1 ? 'this' : `these ${items.length} things`;
  const data = items.some(({ kind }) => kind === 'volume')
    ? ' The volumes among them hold data that is nowhere else.'
    : '';
  return `Remove ${things} (${formatBytes(bytes)})?${data}`;
}

function resultText({ removed, kept, freed }: PruneResult): string {
  const lines = kept.map(({ item, reason }) => `${item.kind} ${item.name} stays: ${reason}`);
  const things = removed.length === 1 ? '1 thing' : `${removed.length} things`;
  lines.push(`Removed ${things}, which frees ${formatBytes(freed)}.`);
  return `${lines.join('\n')}\n`;
}
