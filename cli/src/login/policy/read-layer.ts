import { posix } from 'node:path';
import { checkImageReference } from '../../config/image-reference.ts';
import type { Path } from '../../config/tree.ts';
import { parseDuration, parseSize } from '../../config/units.ts';
import { nameOf } from '../../config/wording.ts';
import { fillInTemplate, namesPerson } from './fill-in-template.ts';
import type { PolicyDraft } from './policy-draft.ts';
import { rangeProblem } from './range-problem.ts';
import { insideReserved } from './reserved-path.ts';
import type { Layer, PolicyKey, Settings } from './settings.ts';

/**
 * Reads what a policy file, or the `set` of one of its overrides, sets. What is wrong goes into
 * the draft, and makes the values void.
 */
export function readLayer(draft: PolicyDraft, at: Path = []): Layer {
  const layers = (Object.keys(readers) as PolicyKey[])
    .map((key) => ({ key, path: [...at, ...key.split('.')] }))
    .filter(({ path }) => draft.has(path))
    .map(({ key, path }) => {
      return { [key]: { value: readers[key](draft, path), place: draft.keyPlace(path) } };
    });
  return Object.assign({}, ...layers) as Layer;
}

type Read<T> = (draft: PolicyDraft, path: Path) => T;

const readers: { [Key in PolicyKey]: Read<Settings[Key]> } = {
  engine: readEngine,
  'repositories.default': readPath,
  'repositories.roots': (draft, path) => draft.items(path).map((item) => readPath(draft, item)),
  'images.default': readImage,
  'images.allow': asWritten,
  'images.build': asWritten,
  'images.build_network': asWritten,
  home: asWritten,
  'network.mode': asWritten,
  'network.pool': readPool,
  'network.deny': (draft, path) => draft.items(path).map((item) => readRange(draft, item)),
  'network.host_ports': asWritten,
  'limits.memory': (draft, path) => readSize(draft, path, 6 * 1024 ** 2),
  'limits.cpus': readProcessors,
  'limits.pids': asWritten,
  'limits.disk': (draft, path) => readSize(draft, path, 1024 ** 2),
  'limits.log': (draft, path) => readSize(draft, path, 1024),
  mounts: (draft, path) => draft.items(path).map((item) => readMount(draft, item)),
  'forward.ssh_agent': asWritten,
  'sessions.max_per_user': asWritten,
  idle_stop: readIdleStop,
  user_may: asWritten,
  audit: readAudit,
};

/** A value that the schema has checked to the end. */
function asWritten<T>(draft: PolicyDraft, path: Path): T {
  return draft.value(path) as T;
}

function readEngine(draft: PolicyDraft, path: Path): Settings['engine'] {
  const written = draft.text(path).replace(/^unix:\/\//, '');
  return {
    address: `unix://${cleanPath(draft, path, written)}`,
    isOwn: namesPerson(written),
  };
}

function readPath(draft: PolicyDraft, path: Path): string {
  return cleanPath(draft, path, draft.text(path));
}

/** The person filled in, without doubled slashes and one at the end. */
function cleanPath(draft: PolicyDraft, path: Path, written: string): string {
  const filled = fillInTemplate(written, draft.person);
  if ('problem' in filled) {
    const hint = 'Known are %u, the name, %U, the uid, %h, the home, and %%, a percent sign.';
    draft.error('bad-template', path, filled.problem, hint);
    return '/';
  }
  if (filled.text.split('/').includes('..')) {
    const message = `${draft.quoted(path)} has a step "..", so it is not clear which folder is meant.`;
    draft.error('bad-path', path, message);
  }
  return posix.normalize(filled.text).replace(/(?<=.)\/$/, '');
}

function readImage(draft: PolicyDraft, path: Path): string {
  const reference = draft.text(path);
  const problem = checkImageReference(reference);
  if (problem !== undefined) {
    const message = `"${nameOf(path)}" is not an image reference: ${draft.quoted(path)}`;
    draft.error('bad-value', path, message, problem);
  }
  return reference;
}

/** Bits of the longest prefix that leaves room for more than a few networks. */
const smallestPool = 24;

function readPool(draft: PolicyDraft, path: Path): string {
  const range = readRange(draft, path);
  if (Number(range.split('/')[1]) > smallestPool && rangeProblem(range) === undefined) {
    const message = `${draft.quoted(path)} is too small for the networks of workspaces.`;
    draft.error('bad-range', path, message, `It ends in /${smallestPool} or a smaller number.`);
  }
  return range;
}

function readRange(draft: PolicyDraft, path: Path): string {
  const range = draft.text(path);
  const problem = rangeProblem(range);
  if (problem !== undefined) draft.error('bad-range', path, `${draft.quoted(path)} ${problem}.`);
  return range;
}

function readSize(draft: PolicyDraft, path: Path, least: number): number {
  const bytes = parseSize(draft.text(path));
  const problem = bytes < least ? 'small' : bytes > Number.MAX_SAFE_INTEGER ? 'large' : undefined;
  if (problem !== undefined) {
    const message = `"${nameOf(path)}" is too ${problem}: ${draft.quoted(path)}`;
    const hint = problem === 'small' ? `It is at least ${least / 1024}k.` : undefined;
    draft.error('bad-size', path, message, hint);
  }
  return bytes;
}

function readProcessors(draft: PolicyDraft, path: Path): number {
  const cpus = Number(draft.text(path));
  // Engines count in hundredths.
  if (cpus < 0.01) {
    draft.error('bad-value', path, `"${nameOf(path)}" is too small: ${draft.quoted(path)}`);
  }
  return cpus;
}

function readMount(draft: PolicyDraft, item: Path): Settings['mounts'][number] {
  const [, written = '', mode] = /^(.*?)(?::(ro|rw))?$/s.exec(draft.text(item)) ?? [];
  const path = cleanPath(draft, item, written);
  const reason = insideReserved(path);
  if (reason !== undefined) {
    draft.error('bad-path', item, `${draft.quoted(item)} can never be mounted: ${reason}.`);
  }
  return { path, readOnly: mode === 'ro' };
}

function readIdleStop(draft: PolicyDraft, path: Path): number | undefined {
  if (draft.text(path) === 'never') return undefined;
  const seconds = parseDuration(draft.text(path));
  if (seconds === 0) {
    draft.error('bad-value', path, `"${nameOf(path)}" is no time at all.`, 'Or write never.');
  }
  return seconds;
}

function readAudit(draft: PolicyDraft, path: Path): Settings['audit'] {
  const file = [...path, 'file'];
  const syslog = [...path, 'syslog'];
  if (draft.has(file) === draft.has(syslog)) {
    const code = draft.has(file) ? 'contradiction' : 'missing-key';
    draft.error(code, path, `"${nameOf(path)}" takes either a "file" or "syslog: true".`);
  }
  return draft.has(file) ? { to: 'file', path: readPath(draft, file) } : { to: 'syslog' };
}
