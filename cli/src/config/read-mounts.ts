import { posix, resolve } from 'node:path';
import type { Mount } from './config.ts';
import type { Draft } from './draft.ts';
import type { Path } from './tree.ts';

type LongForm = Exclude<NonNullable<Draft['file']['volumes']>[number], string>;

/** Two characters at least, as engines demand. */
const volumeName = /^[A-Za-z0-9][A-Za-z0-9_.-]+$/;
const hint = 'For example: "./data:/data", "~/.config/gh:~/.config/gh:ro" or "shared:/srv/shared"';

/** The mounts and caches of a draft; nothing may be mounted where something else is. */
export function readMounts(draft: Draft, workspace: string): { mounts: Mount[]; caches: string[] } {
  const places = new Map<string, Path>([[workspace, ['workspace']]]);
  const mounts = (draft.file.volumes ?? []).map((written, index) => {
    const path: Path = ['volumes', index];
    const { long, at } =
      typeof written === 'string'
        ? { long: shortForm(draft, path), at: () => path }
        : { long: written, at: (key: string): Path => [...path, key] };
    return long && readMount(draft, long, at, places);
  });
  const caches = (draft.file.caches ?? []).map((_, index) =>
    readCache(draft, ['caches', index], workspace, places),
  );
  return { mounts: mounts.filter(isDefined), caches: caches.filter(isDefined) };
}

/** `SOURCE:TARGET:MODE`, `SOURCE:TARGET` or `TARGET`; a drive letter's colon is no separator. */
function shortForm(draft: Draft, path: Path): LongForm | undefined {
  const bad = (reason: string): undefined => {
    draft.error('bad-volume', path, `${draft.quoted(path)} is no volume: ${reason}.`, hint);
  };
  const parts: string[] = draft.text(path).match(/^[A-Za-z]:[\\/][^:]*|[^:]+|(?<=:)(?=:|$)/g) ?? [];
  if (parts.includes('')) return bad('there is nothing between two colons or behind one');
  const [first, second, mode, ...more] = parts;
  if (more.length > 0) return bad('too many colons');
  if (first === undefined) return bad('it is empty');
  if (mode !== undefined && mode !== 'ro' && mode !== 'rw') {
    return bad('behind the target stands ro or rw');
  }
  if (second === undefined) return { type: 'volume', target: first };
  if (!isInside(second)) return bad('the target must be an absolute path, or one under ~');
  return { source: first, target: second, read_only: mode === 'ro' };
}

function readMount(
  draft: Draft,
  long: LongForm,
  at: (key: string) => Path,
  places: Map<string, Path>,
): Mount | undefined {
  const { source = '' } = long;
  const type = long.type ?? (isHostPath(source) ? 'bind' : 'volume');
  const readOnly = long.read_only ?? false;
  const target = readTarget(draft, long.target, at('target'), places);
  const from = { bind: bindSource, volume: volumeSource, tmpfs: noSource }[type];
  const found = from(draft, source, at('source'));
  if (target === undefined || found === undefined) return undefined;
  return { type, source: found, target, readOnly };
}

function bindSource(draft: Draft, source: string, path: Path): string | undefined {
  if (source === '') {
    draft.error('missing-key', path, 'A bind mount needs a "source": a path on this host.');
    return undefined;
  }
  const home = /^~(?=$|[\\/])/.exec(source);
  const absolute = home
    ? resolve(draft.home, `.${source.slice(1)}`)
    : resolve(draft.project.root, source);
  if (draft.host.kind(absolute) === 'missing') {
    const message = `${draft.quoted(path)} does not exist on this host.`;
    draft.error('missing-file', path, message, 'Create the folder or file to mount first.');
    return undefined;
  }
  return absolute;
}

function volumeSource(draft: Draft, source: string, path: Path): string | undefined {
  if (source === '' || volumeName.test(source)) return source;
  const message = `${draft.quoted(path)} is not the name of a volume.`;
  draft.error('bad-volume', path, message, 'A path on this host begins with / or ./ or ~/.');
  return undefined;
}

function noSource(draft: Draft, source: string, path: Path): string {
  if (source !== '') {
    draft.error('contradiction', path, `A tmpfs has no "source": ${draft.quoted(path)}`);
  }
  return '';
}

function readTarget(
  draft: Draft,
  written: string,
  path: Path,
  places: Map<string, Path>,
): string | undefined {
  if (!isInside(written)) {
    const message = `${draft.quoted(path)} is not an absolute path, or one under ~.`;
    draft.error('bad-path', path, message, hint);
    return undefined;
  }
  return claim(draft, tidy(written), path, places);
}

function readCache(
  draft: Draft,
  path: Path,
  workspace: string,
  places: Map<string, Path>,
): string | undefined {
  const written = draft.text(path);
  const target = isInside(written) ? tidy(written) : posix.join(workspace, tidy(written));
  if (written.trim() === '' || (!isInside(written) && !`${target}/`.startsWith(`${workspace}/`))) {
    const message = `${draft.quoted(path)} is no folder of the project.`;
    draft.error('bad-path', path, message, 'Write an absolute path, or one under ~.');
    return undefined;
  }
  return claim(draft, target, path, places);
}

/** Takes a place inside for one mount, unless it must stay free or is taken. */
function claim(
  draft: Draft,
  target: string,
  path: Path,
  places: Map<string, Path>,
): string | undefined {
  const holder = places.get(target);
  if (target === '/' || target === '~' || !isInside(target)) {
    const hint = target === '~' ? 'What the home folder is says "home".' : undefined;
    draft.error('bad-path', path, `Nothing can be mounted there: ${draft.quoted(path)}`, hint);
    return undefined;
  }
  if (holder !== undefined) {
    const who = holder[0] === 'workspace' ? 'the project itself is' : `${draft.quoted(holder)} is`;
    draft.error('contradiction', path, `${draft.quoted(path)} is mounted where ${who} already.`);
    return undefined;
  }
  places.set(target, path);
  return target;
}

function isHostPath(source: string): boolean {
  return /^(?:[./\\]|~(?:$|[\\/])|[A-Za-z]:[\\/])/.test(source);
}

function isInside(target: string): boolean {
  return target.startsWith('/') || target === '~' || target.startsWith('~/');
}

/** Without `..`, doubled slashes and a slash at the end. */
function tidy(path: string): string {
  return posix.normalize(path).replace(/(?<=.)\/+$/, '');
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}
