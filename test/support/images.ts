import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Docker } from '../../cli/src/engine/docker.ts';
import { packFiles, type TarEntry } from '../../cli/src/engine/container/tar.ts';
import { busybox } from './busybox.ts';
import { testEngine } from './engine.ts';

interface ImageOptions {
  /** Lines of /etc/passwd after root's; null for an image without /etc/passwd and /etc/group. */
  accounts?: string[] | null;
  /** Executable files by path. */
  programs?: Record<string, string>;
  /** As in a Dockerfile: `USER app`. */
  changes?: string[];
}

/*
 * Images in the manner of Alpine: busybox, no bash, no useradd. Each function gives the reference
 * of an image that is in the engine from then on; a second call costs one look.
 */

export function plainImage(docker?: Docker): Promise<string> {
  return makeImage('plain', {}, docker);
}

/** With a USER line: uid 500, whose home exists. */
export function imageWithUser(docker?: Docker): Promise<string> {
  return makeImage('user', { accounts: [account('app', 500)], changes: ['USER app'] }, docker);
}

/** With an ENTRYPOINT that leaves the file /tmp/entrypoint-ran and runs its arguments. */
export function imageWithEntrypoint(docker?: Docker): Promise<string> {
  const entrypoint = '#!/bin/sh\n: > /tmp/entrypoint-ran\nexec "$@"\n';
  return makeImage(
    'entrypoint',
    {
      programs: { 'entrypoint.sh': entrypoint },
      changes: ['ENTRYPOINT ["/entrypoint.sh"]', 'CMD ["sleep", "2147483647"]'],
    },
    docker,
  );
}

/** Whose passwd already has that name with that uid: the caller's uid, or the caller's name. */
export function imageWithAccount(name: string, uid: number, docker?: Docker): Promise<string> {
  return makeImage('account', { accounts: [account(name, uid)] }, docker);
}

export function imageWithoutPasswd(docker?: Docker): Promise<string> {
  return makeImage('no-passwd', { accounts: null }, docker);
}

function account(name: string, uid: number): string {
  return `${name}:x:${uid}:${uid}:${name}:/home/${name}:/bin/sh`;
}

async function makeImage(
  name: string,
  options: ImageOptions,
  docker = testEngine(),
): Promise<string> {
  const tag = createHash('sha256').update(JSON.stringify(options)).digest('hex').slice(0, 8);
  const repository = `devenv-test/${name}`;
  const reference = `${repository}:${tag}`;
  if ((await docker.inspectImage(reference)) !== undefined) return reference;

  const tar = await packFiles(await rootFileSystem(options));
  const changes = ['CMD ["/bin/sh"]', 'LABEL devenv-test=1', ...(options.changes ?? [])];
  const progress = await docker.importImage(Readable.from([tar]), repository, tag, changes);
  const answer = await text(progress);
  if (answer.includes('"error"')) throw new Error(`could not import ${reference}: ${answer}`);
  return reference;
}

async function rootFileSystem({ accounts = [], programs = {} }: ImageOptions): Promise<TarEntry[]> {
  const { binary, applets } = await busybox();
  const names = (accounts ?? []).map((line) => line.split(':'));
  return [
    ...['bin', 'etc', 'home', 'root'].map((path) => folder(path)),
    folder('tmp', 0o1777),
    ...names.map(([name, , uid]) => ({ ...folder(`home/${name}`), uid: +uid!, gid: +uid! })),
    file('bin/busybox', binary, 0o755),
    ...applets.filter((applet) => applet !== 'busybox').map(link),
    ...(accounts === null ? [] : accountFiles(accounts)),
    ...Object.entries(programs).map(([path, content]) => file(path, content, 0o755)),
  ];
}

function accountFiles(accounts: string[]): TarEntry[] {
  const groups = accounts.map((line) => `${line.split(':')[0]}:x:${line.split(':')[3]}:`);
  return [
    file('etc/passwd', ['root:x:0:0:root:/root:/bin/sh', ...accounts, ''].join('\n'), 0o644),
    file('etc/group', ['root:x:0:', ...groups, ''].join('\n'), 0o644),
  ];
}

function folder(path: string, mode = 0o755): TarEntry {
  return { path, mode, uid: 0, gid: 0, type: 'directory' };
}

function file(path: string, content: string | Buffer, mode: number): TarEntry {
  return { path, content, mode, uid: 0, gid: 0 };
}

function link(applet: string): TarEntry {
  return {
    path: `bin/${applet}`,
    content: 'busybox',
    mode: 0o777,
    uid: 0,
    gid: 0,
    type: 'symlink',
  };
}
