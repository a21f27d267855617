import { posix } from 'node:path';
import { validatePolicyFile } from 'devenv-schemas/generated/validate-policy.js';
import { checkShape } from '../../config/check-shape.ts';
import type { Diagnostic } from '../../config/diagnostic.ts';
import { readMap } from '../../config/read-map.ts';
import { tidyDiagnostics } from '../../config/tidy-diagnostics.ts';
import type { Path, Place, Tree } from '../../config/tree.ts';
import { quote } from '../../config/wording.ts';
import type { Person } from './person.ts';
import { PolicyDraft } from './policy-draft.ts';
import type { Policy } from './policy.ts';
import { readLayer } from './read-layer.ts';
import { defaultSettings, type Layer, type PolicyKey, type Settings } from './settings.ts';

export type { Person } from './person.ts';

/** Where a rule stands: `/etc/devenv/policy.yaml:12`, or `the default`. */
export type Where = (key: PolicyKey) => string;

export interface ReadPolicy {
  /** undefined where there is a mistake, be it about somebody else: then nothing is allowed. */
  policy: Policy | undefined;
  where: Where;
  /** By position. */
  diagnostics: Diagnostic[];
}

/** Turns the text of a policy file into the policy for one person, or into all that is wrong. */
export function readPolicy(file: string, text: string, person: Person): ReadPolicy {
  const { tree = emptyMap(file), diagnostics } = readMap(file, text);
  const { sound, diagnostics: misshapen } = checkShape(tree, validatePolicyFile);
  const draft = new PolicyDraft(sound, person);
  if (!posix.isAbsolute(person.home)) {
    const message = `The home folder of ${person.name} is no absolute path: ${quote(person.home)}`;
    draft.error('bad-person', [], message);
  }
  const layers = [readLayer(draft), ...readOverrides(draft)];
  const merged = layers.reduce((below, above) => ({ ...below, ...above }));
  const found = tidyDiagnostics([...diagnostics, ...misshapen, ...draft.diagnostics], file);
  return {
    policy: found.length > 0 ? undefined : toPolicy(merged, person),
    where: (key) => lineOf(merged[key]?.place),
    diagnostics: found,
  };
}

function emptyMap(file: string): Tree & { kind: 'map' } {
  const start = { line: 1, column: 1 };
  return { kind: 'map', entries: new Map(), place: { file, range: { start, end: start } } };
}

/** What the overrides about the person set. All of them are read, for the mistakes in them. */
function readOverrides(draft: PolicyDraft): Layer[] {
  return draft.items(['overrides']).flatMap((path) => {
    const set = [...path, 'set'];
    if (draft.has([...set, 'overrides'])) {
      const message = 'There are no "overrides" within overrides.';
      draft.error('contradiction', [...set, 'overrides'], message);
    }
    const isMeant = matches(draft, [...path, 'match']);
    const layer = readLayer(draft, set);
    return isMeant ? [layer] : [];
  });
}

function matches(draft: PolicyDraft, path: Path): boolean {
  const users = [draft.value([...path, 'user']) ?? []].flat();
  const groups = [draft.value([...path, 'group']) ?? []].flat();
  if (users.length > 0 && groups.length > 0) {
    const hint = 'For people of both kinds write two overrides.';
    draft.error('contradiction', path, '"match" takes either "user" or "group".', hint);
  }
  const { uid, name, groups: own } = draft.person;
  return (
    users.some((user) => user === name || user === uid) ||
    groups.some((group) => own.some((name) => name === group))
  );
}

function toPolicy(layer: Layer, person: Person): Policy {
  const defaults = defaultSettings(person);
  const get = <Key extends PolicyKey>(key: Key): Settings[Key] => {
    const found = layer[key];
    return found === undefined ? defaults[key] : found.value;
  };
  const image = get('images.default');
  return {
    engine: get('engine').address,
    ownEngine: get('engine').isOwn,
    repositories: { default: get('repositories.default'), roots: get('repositories.roots') },
    images: {
      default: image,
      allow: [...new Set([image, ...get('images.allow')])],
      build: get('images.build'),
      buildNetwork: get('images.build_network'),
    },
    home: get('home'),
    network: {
      mode: get('network.mode'),
      pool: get('network.pool'),
      deny: get('network.deny'),
      hostPorts: get('network.host_ports'),
    },
    limits: {
      memory: get('limits.memory'),
      cpus: get('limits.cpus'),
      pids: get('limits.pids'),
      disk: get('limits.disk'),
      log: get('limits.log'),
    },
    mounts: get('mounts'),
    sshAgent: get('forward.ssh_agent'),
    maxSessions: get('sessions.max_per_user'),
    idleStop: get('idle_stop'),
    userMay: get('user_may'),
    audit: get('audit'),
  };
}

function lineOf(place: Place | undefined): string {
  return place === undefined ? 'the default' : `${place.file}:${place.range.start.line}`;
}
