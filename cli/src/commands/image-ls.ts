import type { DevenvImage } from '../engine/image/list.ts';
import { formatAge, formatBytes } from '../ui/format.ts';
import type { Column } from '../ui/table.ts';
import { openOptions, type CommandFunction } from './context.ts';

export const imageLs: CommandFunction = async (context) => {
  const { connect } = await import('../engine/workspace.ts');
  const { currentCaller } = await import('../engine/host/caller.ts');
  const { listDevenvImages } = await import('../engine/image/list.ts');
  const caller = currentCaller();
  const images = await listDevenvImages(await connect(openOptions(context), caller), caller);
  await context.result({ images: images.map(imageResult) }, async () => {
    if (images.length === 0)
      return 'devenv has made no images, and no workspace of yours uses one.\n';
    const { renderTable } = await import('../ui/table.ts');
    return renderTable(images, columns(Date.now()), context.stdout.columns);
  });
  return 0;
};

function imageResult({ base, ...image }: DevenvImage): object {
  return { ...image, base: base ?? null };
}

function columns(now: number): Column<DevenvImage>[] {
  return [
    {
      title: 'IMAGE',
      value: ({ references, id }) => references.join(' ') || id.replace('sha256:', '').slice(0, 12),
      shrink: true,
    },
    { title: 'BUILT ON', value: ({ base }) => base ?? '', shrink: true },
    { title: 'SIZE', value: ({ size }) => formatBytes(size) },
    { title: 'AGE', value: ({ createdAt }) => formatAge(createdAt, now) },
    { title: 'USED BY', value: ({ usedBy }) => usedBy.join(' '), shrink: true },
  ];
}
