import { createHash } from 'node:crypto';
import type { Project } from '../config/config.ts';
import type { Caller } from './world.ts';

/** What tells one workspace from every other: the person, the folder, the environment. */
export interface Identity {
  /** Eight hex digits over uid, real path and environment. */
  id: string;
  containerName: string;
}

/**
 * Names are for people, the id is what tells workspaces apart: two clones of one project, two
 * people on one host, and `a-b` + `c` against `a` + `b-c` all get different ones.
 */
export function identify(project: Project, caller: Pick<Caller, 'uid' | 'name'>): Identity {
  const id = createHash('sha256')
    .update([caller.uid, project.root, project.environment].join('\0'))
    .digest('hex')
    .slice(0, 8);
  const words = ['devenv', slug(caller.name), slug(project.name), id];
  return { id, containerName: words.filter((word) => word !== '').join('-') };
}

/** Text reduced to what container, volume and host names may hold; at most 20 characters. */
export function slug(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 20)
    .replace(/^-+|-+$/g, '');
}

/** The home volume's name: one for each project, or one for each person. */
export function homeVolume(home: 'project' | 'user', id: string, uid: number): string {
  return home === 'project' ? `devenv-${id}-home` : `devenv-uid${uid}-home`;
}

/** A cache volume's name: readable, and different for folders whose slugs are alike. */
export function cacheVolume(id: string, path: string): string {
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 4);
  return ['devenv', id, slug(path), hash].filter((word) => word !== '').join('-');
}
