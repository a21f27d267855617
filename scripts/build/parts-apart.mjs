import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * The program is several files, for the same reason as packages are files of their own: what reads
 * the command line, everything behind it, the completion scripts, and the errors, by which all have
 * to mean the same.
 */
const sources = join(dirname(fileURLToPath(import.meta.url)), '../../cli/src');

/** The source that each file beside main.cjs is built from. */
export const parts = {
  'commands.cjs': join(sources, 'commands/execute.ts'),
  'completion.cjs': join(sources, 'commands/completion/scripts.ts'),
  'errors.cjs': join(sources, 'errors.ts'),
};

/**
 * An esbuild plugin by which one part requires the others instead of containing them.
 *
 * @returns {import('esbuild').Plugin}
 */
export function partsApart() {
  const files = new Map(Object.entries(parts).map(([file, source]) => [source, file]));
  return {
    name: 'parts-apart',
    setup({ onResolve }) {
      onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir, kind }) => {
        const file = kind === 'entry-point' ? undefined : files.get(resolve(resolveDir, path));
        return file === undefined ? undefined : { path: `./${file}`, external: true };
      });
    },
  };
}
