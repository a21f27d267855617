import type { PolicyFile } from 'devenv-schemas/generated/policy-file.js';
import { checkImageReference } from '../../config/image-reference.ts';
import { quote } from '../../config/wording.ts';
import type { IniEntry } from './parse-ini.ts';
import type { UserMay } from './policy.ts';
import { translateDockerOptions } from './translate-docker-options.ts';

/** A part of dockersh's configuration in the words of a policy. */
export interface Translation {
  set: PolicyFile;
  /** What was left out or means something else, one line each. */
  notes: string[];
  /** What was said, for the sections that build on it. */
  asked: Asked;
}

/** The values by key; of what may stand several times, all. */
type Asked = ReadonlyMap<string, string[]>;

/**
 * Translates the section for everybody, or, where `below` is what that one says, the section of
 * one person.
 */
export function translateDockersh(entries: IniEntry[], below?: Asked): Translation {
  const asked = new Map<string, string[]>();
  for (const { key, value } of entries) asked.set(key, [...(asked.get(key) ?? []), value]);
  const notes: string[] = [];
  const note = (key: string, why: string): void => {
    notes.push(`${key} = ${quote((asked.get(key) ?? []).join(' '))}: ${why}`);
  };
  const options = translateDockerOptions(asked.get('dockeropt') ?? []);
  notes.push(...options.notes);
  const set: PolicyFile = {
    ...repositories(asked, note),
    ...images(asked, note, below),
    ...(isOn(asked, 'mounthome') ? { home: 'host' as const } : {}),
    ...networkOf(asked, note, options.set),
    ...(options.set.limits && { limits: options.set.limits }),
    ...(options.set.mounts && { mounts: options.set.mounts }),
    ...(isOn(asked, 'mounttmp') ? { forward: { ssh_agent: true } } : {}),
    ...userMay(asked, note, below),
  };
  if (isOn(asked, 'mounttmp')) {
    note(
      'mounttmp',
      '/tmp is not mounted; sessions get the forwarded ssh agent, which it was for.',
    );
  }
  for (const key of asked.keys()) noteOther(key, last(asked, key) ?? '', note);
  return { set, notes, asked };
}

type Note = (key: string, why: string) => void;

/** As in dockersh, of a key that stands several times the last counts. */
function last(asked: Asked, key: string): string | undefined {
  return asked.get(key)?.at(-1);
}

function isOn(asked: Asked, key: string): boolean {
  return /^(true|yes|on|1)$/i.test(last(asked, key) ?? '');
}

function repositories(asked: Asked, note: Note): PolicyFile {
  const from = last(asked, 'mounthomefrom');
  if (from === undefined || from === '%h') return {};
  if (!/^(\/|%h\/)/.test(from) || /%(?![uh])|(^|\/)\.\.(\/|$)/.test(from)) {
    note('mounthomefrom', 'it is not an absolute path.');
    return {};
  }
  note('mounthomefrom', 'it is where the repository is, and has the same path inside.');
  return { repositories: { default: from, roots: [from] } };
}

function images(asked: Asked, note: Note, below: Asked | undefined): PolicyFile {
  const set: NonNullable<PolicyFile['images']> = {};
  const written = last(asked, 'imagename');
  const name = written ?? (below === undefined ? 'busybox' : undefined);
  if (name !== undefined && checkImageReference(name) === undefined) set.default = name;
  else if (name !== undefined) {
    const why = /%[uh]/.test(name)
      ? 'a policy has one default image for all; name those of single people in overrides.'
      : 'it is not the reference of an image.';
    note('imagename', why);
  }
  if (mayConfigure(asked, below) && isOn(asked, 'enableuserimagename')) {
    set.allow = ['**'];
    note('enableuserimagename', 'dockersh allowed any image, and so does "**"; better name some.');
  }
  return Object.keys(set).length === 0 ? {} : { images: set };
}

function networkOf(asked: Asked, note: Note, { network }: PolicyFile): PolicyFile {
  const values = (asked.get('reverseforward') ?? []).flatMap((value) => value.split(/[\s,]+/));
  const ports = values
    .filter((value) => value !== '')
    .map((value) => /^(?:\d+:)?(\d+)$/.exec(value));
  if (ports.some((match) => match === null || Number(match[1]) < 1 || Number(match[1]) > 65_535)) {
    note('reverseforward', 'not all of it are ports.');
    return network === undefined ? {} : { network };
  }
  if (ports.length === 0) return network === undefined ? {} : { network };
  note('reverseforward', 'inside they are ports of the host’s address, not of 127.0.0.1.');
  return { network: { ...network, host_ports: ports.map((match) => Number(match?.[1])) } };
}

/** What a person could set in ~/.dockersh, by the word for it here. */
const words: Record<string, UserMay> = {
  enableuserimagename: 'image',
  enableusershell: 'shell',
  enableuserusercwd: 'workspace',
  enableusermounthome: 'home',
  enableusermounthometo: 'home',
  enableusermounthomefrom: 'home',
  enableuserentrypoint: 'init',
  enableusercmd: 'init',
};

/** Lists are replaced, so that a person's section says again what everybody may. */
function userMay(asked: Asked, note: Note, below: Asked | undefined): PolicyFile {
  const names = [...new Set([...Object.keys(words), 'enableuserconfig'])];
  if (below !== undefined && !names.some((name) => asked.has(name))) return {};
  const isAllowed = (name: string) =>
    isOn(asked, name) || (!asked.has(name) && isOnBelow(below, name));
  const may = Object.entries(words).flatMap(([name, word]) => (isAllowed(name) ? [word] : []));
  const list = mayConfigure(asked, below) ? [...new Set(may)] : [];
  if (list.includes('init')) {
    const key = isOn(asked, 'enableuserentrypoint') ? 'enableuserentrypoint' : 'enableusercmd';
    note(key, '"init: image" runs the image’s own command, perhaps as root inside, and no other.');
  }
  return { user_may: list };
}

function mayConfigure(asked: Asked, below: Asked | undefined): boolean {
  const isSaid = asked.has('enableuserconfig');
  return isSaid ? isOn(asked, 'enableuserconfig') : isOnBelow(below, 'enableuserconfig');
}

function isOnBelow(below: Asked | undefined, key: string): boolean {
  return below !== undefined && isOn(below, key);
}

const off = /^(false|no|off|0)$/i;

/** What has no place in a policy at all: the value that means nothing, and why. */
const others: Record<string, { idle: RegExp; why: string }> = {
  containername: {
    idle: /^%u_dockersh$/,
    why: 'names are derived from the person and the repository, so that no two meet.',
  },
  containerusername: { idle: /^%u$/, why: 'inside, everybody is who they are on the host.' },
  shell: {
    idle: /^$/,
    why: 'the shell is the one of the person in the image, bash or sh, or what devenv.yaml says.',
  },
  usercwd: { idle: /^%h$/, why: 'a session begins in the repository.' },
  mounthometo: { idle: /^%h$/, why: 'the home has the same path inside.' },
  mountdockersocket: {
    idle: off,
    why: 'whoever has the engine’s socket has the host.',
  },
  dockersocket: {
    idle: /^\/var\/run\/docker\.sock$/,
    why: 'it is never mounted; where devenv finds the engine, says "engine".',
  },
  entrypoint: {
    idle: /^internal$/,
    why: '"init: image" in devenv.yaml runs the image’s own, where user_may has init.',
  },
  cmd: { idle: /^$/, why: 'a container runs no other command than its image’s own.' },
  enableusercontainername: { idle: off, why: 'names are derived.' },
  enableusercontainerusername: {
    idle: off,
    why: 'inside, everybody is who they are on the host.',
  },
  enableusermounttmp: { idle: off, why: '/tmp is never mounted.' },
  enableusermountdockersocket: {
    idle: off,
    why: 'whoever has the engine’s socket has the host.',
  },
  enableuserdockersocket: { idle: off, why: 'the socket is never mounted.' },
  enableuserdockeropt: {
    idle: off,
    why: 'options of the engine are not handed on; "user_may" names what can be left to people.',
  },
  enableuserreverseforward: {
    idle: off,
    why: 'which ports of the host can be reached is for the administrator alone.',
  },
};

const translated = [
  ...['imagename', 'mounthome', 'mounthomefrom', 'mounttmp', 'dockeropt', 'reverseforward'],
  ...['enableuserconfig', ...Object.keys(words)],
];

function noteOther(key: string, value: string, note: Note): void {
  if (translated.includes(key)) return;
  const other = others[key];
  if (other === undefined) note(key, 'dockersh knows no such key.');
  else if (!other.idle.test(value)) note(key, other.why);
}
