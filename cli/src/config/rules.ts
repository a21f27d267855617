import type { Draft } from './draft.ts';
import { capability } from './read-security.ts';
import { suggest } from './suggest.ts';

/** One thing that must hold between the parts of a file; says what does not. */
type Rule = (draft: Draft) => void;

/** What no single value shows: contradictions, and what this version cannot do. */
export const rules: readonly Rule[] = [
  imageOrBuild,
  noServicesYet,
  notActiveYet,
  portsNeedANetwork,
  variableOrSecret,
  buildSecretsExist,
  addedOrDropped,
  knownUser,
  actionOrRun,
];

function imageOrBuild(draft: Draft): void {
  if (draft.has('image') && draft.has('build')) {
    const message =
      '"image" and "build" contradict each other: the image is either ready or built.';
    draft.keyError('contradiction', ['build'], message, 'Remove one of them.');
  }
  if (draft.has('image') || draft.has('build') || draft.settings.image !== undefined) return;
  const hint = 'Write "image: debian:bookworm", say, or "build: ." where there is a Dockerfile.';
  draft.error('missing-image', [], 'The file names neither an "image" nor a "build".', hint);
}

function noServicesYet(draft: Draft): void {
  for (const key of ['services', 'compose'].filter((key) => draft.has(key))) {
    const message = `"${key}" is not supported by this version of devenv yet.`;
    draft.keyError('not-supported-yet', [key], message, 'Remove it, and start services yourself.');
  }
}

function notActiveYet(draft: Draft): void {
  if (!draft.has('idle_stop')) return;
  const message = 'This version of devenv reads "idle_stop", but does not act on it yet.';
  draft.keyWarning('not-active-yet', ['idle_stop'], message);
}

function portsNeedANetwork(draft: Draft): void {
  const { network_mode: mode, ports = [] } = draft.file;
  if (ports.length === 0 || (mode !== 'host' && mode !== 'none')) return;
  const message = `With "network_mode: ${mode}" there are no "ports" to publish.`;
  draft.keyError('contradiction', ['ports'], message, 'Remove one of them.');
}

function variableOrSecret(draft: Draft): void {
  for (const name of Object.keys(draft.file.secrets ?? {})) {
    if (!draft.has('environment', name)) continue;
    const message = `"${name}" is both in environment and in secrets.`;
    const hint =
      'Remove it from environment, which ends up in the container and can be read there.';
    draft.keyError('contradiction', ['environment', name], message, hint);
  }
}

function buildSecretsExist(draft: Draft): void {
  const { build } = draft.file;
  const secrets = typeof build === 'object' ? (build.secrets ?? []) : [];
  const known = Object.keys(draft.file.secrets ?? {});
  for (const [index, name] of secrets.entries()) {
    if (draft.has('secrets', name)) continue;
    const path = ['build', 'secrets', index];
    const near = suggest(name, known);
    const hint = near ? `Did you mean "${near}"?` : 'Say where it comes from under "secrets".';
    draft.error('unknown-secret', path, `There is no secret ${draft.quoted(path)}.`, hint);
  }
}

function addedOrDropped(draft: Draft): void {
  const dropped = (draft.file.cap_drop ?? []).map(capability);
  for (const [index, written] of (draft.file.cap_add ?? []).entries()) {
    if (!dropped.includes(capability(written))) continue;
    const path = ['cap_add', index];
    draft.error('contradiction', path, `${draft.quoted(path)} is both in cap_add and in cap_drop.`);
  }
}

function knownUser(draft: Draft): void {
  if (draft.file.user === undefined) return;
  if (/^(?:[A-Za-z_][A-Za-z0-9_.-]*|\d+(?::\d+)?)$/.test(draft.text(['user']))) return;
  const hint = 'For example: me, root, node or 1000:1000';
  draft.error('bad-value', ['user'], `"user" is no user: ${draft.quoted(['user'])}`, hint);
}

function actionOrRun(draft: Draft): void {
  for (const index of (draft.file.watch ?? []).keys()) {
    const path = ['watch', index];
    const given = ['action', 'run'].filter((key) => draft.has(...path, key));
    if (given.length === 1) continue;
    const message = `A rule of "watch" needs either an "action" or a "run".`;
    draft.error(given.length === 0 ? 'missing-key' : 'contradiction', path, message);
  }
}
