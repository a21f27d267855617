import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Project } from '../../config/config.ts';
import { DevenvError } from '../../errors.ts';
import { slug } from '../../plan/identity.ts';
import { RecordedFiles } from './host-files.ts';

export interface Where {
  cwd: string;
  /** Look from here instead, relative to `cwd`. */
  directory?: string;
  /** The devenv file itself, relative to `directory`. */
  file?: string;
}

const fileNames = ['devenv.yaml', 'devenv.yml'];

/**
 * Finds the devenv file: the one that is named, or the nearest devenv.yaml from the real folder
 * upward. Without one, the project is the folder itself and has no `file`; `unseen` names the
 * folders on the way that could not be looked into.
 * Fails with `project_not_found` when what was named does not exist.
 */
export function findProject(
  { cwd, directory = '.', file }: Where,
  files = new RecordedFiles(),
): { project: Project; unseen: string[] } {
  const folder = realFolder(resolve(cwd, directory));
  if (file !== undefined)
    return { project: namedProject(resolve(folder, file), files), unseen: [] };
  const unseen: string[] = [];
  for (let current = folder; ; current = dirname(current)) {
    for (const name of fileNames) {
      const found = files.isThere(join(current, name));
      if (found === true) return { project: projectOf(current, name), unseen };
      if (found === 'unknown') unseen.push(current);
    }
    if (current === dirname(current)) break;
  }
  return { project: projectOf(folder, undefined), unseen: [...new Set(unseen)] };
}

function realFolder(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch (cause) {
    const denied = (cause as NodeJS.ErrnoException).code === 'EACCES';
    const message = denied
      ? `The folder ${folder} may not be looked into by you.`
      : `There is no folder ${folder}.`;
    const hint = 'Name the folder of the project with -C DIR.';
    throw new DevenvError('project_not_found', message, { hint, cause });
  }
}

function namedProject(file: string, files: RecordedFiles): Project {
  if (files.isThere(file) === false) {
    throw new DevenvError('project_not_found', `There is no file ${file}.`, {
      hint: 'Without -f the nearest devenv.yaml is used; "devenv init" writes one.',
    });
  }
  if (/^devenv\..*local\.ya?ml$/.test(basename(file))) {
    const message = `${file} is no devenv file of its own: it is merged over the one beside it.`;
    throw new DevenvError('usage', message, { hint: 'Name that one, or none.' });
  }
  return projectOf(realFolder(dirname(file)), basename(file));
}

function projectOf(root: string, name: string | undefined): Project {
  return {
    root,
    file: name === undefined ? undefined : join(root, name),
    name: basename(root) || 'root',
    environment: name === undefined ? '' : environmentOf(name),
  };
}

/** `test` of devenv.test.yaml, `ci` of ci.yaml, nothing of devenv.yaml. */
function environmentOf(name: string): string {
  const stem = name.replace(/\.ya?ml$/, '');
  return stem === 'devenv' ? '' : slug(stem.replace(/^devenv\./, '')) || 'other';
}
