import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * A context of many small files in folders of twenty, four levels deep, a few KB each as in a
 * repository: about 70 MB for 20,000. Their time stamps lie in the past.
 *
 * @param {string} folder
 * @param {number} files
 */
export function makeContext(folder, files = 20_000) {
  for (let index = 0; index < files; index++) {
    const file = contextFile(folder, index);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `line of file ${index}\n`.repeat(index % 300));
  }
}

function contextFile(folder, index) {
  const inner = Math.floor(index / 20);
  return join(folder, `part-${inner % 10}/package-${inner % 100}/src-${inner}/file-${index}.txt`);
}

/**
 * Waits until what was just written is old enough to be recognised by how it looks: devenv trusts
 * no time stamp of the last two seconds.
 */
export function letAge(file) {
  const until = statSync(file).ctimeMs + 2500;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.max(0, until - Date.now()));
}

/**
 * "Nothing changed" and "one file changed" with a large context: scenarios as those of
 * scenarios.mjs, for every way to build the image that `contenders` names.
 *
 * @param {object} options
 * @param {string} options.context A folder that makeContext filled, with a Dockerfile that copies it.
 * @param {import('./measure.mjs').Contender[]} options.contenders Commands that build the image:
 *   `devenv rebuild`, `docker build`, `docker buildx build`. Each must have run once before.
 * @param {{ contender: string, of: string, atMost: number }[]} options.unchanged Aims.
 * @param {{ contender: string, of: string, atMost: number }[]} options.changed Aims.
 */
export function contextScenarios({ context, contenders, unchanged, changed }) {
  let edits = 0;
  const edit = () => writeFileSync(contextFile(context, 4711), `edited ${edits++}\n`);
  return [
    {
      title: 'An image with a large context, nothing changed',
      contenders,
      aims: unchanged,
    },
    {
      title: 'An image with a large context, one file changed',
      contenders: contenders.map((contender) => ({ ...contender, before: edit })),
      aims: changed,
    },
  ];
}
