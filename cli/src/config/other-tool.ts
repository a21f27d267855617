import { basename, join } from 'node:path';
import type { Project } from './config.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { HostFiles } from './host-files.ts';
import type { Tree } from './tree.ts';
import { keyPlaceOf } from './tree.ts';

/** Whether the file is that of another tool of the same name, cachix devenv for Nix. */
export function otherTool(
  project: Project & { file: string },
  tree: Tree | undefined,
  host: HostFiles,
): Diagnostic | undefined {
  const hasInputs = tree?.kind === 'map' && tree.entries.has('inputs');
  // A file of another name is nobody else's.
  const isOurs = !/^devenv\.ya?ml$/.test(basename(project.file));
  const hasNix = !isOurs && host.kind(join(project.root, 'devenv.nix')) !== 'missing';
  if (!hasInputs && !hasNix) return undefined;
  const start = { line: 1, column: 1 };
  const place = hasInputs
    ? keyPlaceOf(tree, ['inputs'])
    : { file: project.file, range: { start, end: start } };
  const sign = hasNix ? 'a devenv.nix lies beside it' : 'it has the key "inputs"';
  return {
    severity: 'error',
    code: 'other-tool',
    message: `This file belongs to another tool of the same name (devenv.sh, for Nix): ${sign}.`,
    hint: 'Keep this project\'s container in a file of another name, and use it with "-f FILE".',
    ...place,
  };
}
