import { readFile } from 'node:fs/promises';

/**
 * An esbuild plugin that replaces text in files of dependencies. It fails the build when a text
 * is not there exactly once, or when a file to change is not part of the bundle while another is:
 * the dependency has changed, and somebody has to look.
 *
 * @param {{ file: string, from: string, to: string }[]} changes `file` is an absolute path.
 * @returns {import('esbuild').Plugin}
 */
export function changeFiles(changes) {
  const files = new Set(changes.map(({ file }) => file));
  return {
    name: 'change-files',
    setup({ onLoad, onEnd }) {
      const seen = new Set();
      for (const file of files) {
        onLoad({ filter: exactly(file) }, async () => {
          seen.add(file);
          return { contents: apply(changes, file, await readFile(file, 'utf8')) };
        });
      }
      onEnd(() => {
        if (seen.size === 0) return {};
        const missed = [...files].filter((file) => !seen.has(file));
        return { errors: missed.map((file) => ({ text: `${file} is no longer bundled.` })) };
      });
    },
  };
}

function apply(changes, file, text) {
  let changed = text;
  for (const { from, to } of changes.filter((change) => change.file === file)) {
    if (changed.split(from).length !== 2) {
      throw new Error(`${file} has no single "${from}" any more: adapt what replaces it.`);
    }
    changed = changed.replace(from, () => to);
  }
  return changed;
}

function exactly(path) {
  return new RegExp(`^${path.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`);
}
