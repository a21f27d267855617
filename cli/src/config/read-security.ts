import { resolve } from 'node:path';
import type { Security } from './config.ts';
import type { Draft } from './draft.ts';
import { suggest } from './suggest.ts';
import { toRecord } from './to-record.ts';
import type { Path } from './tree.ts';
import { quote } from './wording.ts';

export function readSecurity(draft: Draft): Security {
  const { file } = draft;
  return {
    capAdd: (file.cap_add ?? []).map(capability),
    capDrop: (file.cap_drop ?? []).map(capability),
    privileged: file.privileged ?? false,
    securityOpt: readSecurityOptions(draft),
    devices: readDevices(draft),
    gpus: file.gpus === undefined || file.gpus === 'all' ? file.gpus : Number(file.gpus),
    sysctls: readSysctls(draft),
    ulimits: readUlimits(draft),
  };
}

/** `CAP_SYS_PTRACE` and `sys_ptrace` are `SYS_PTRACE`. */
export function capability(written: string): string {
  return written.toUpperCase().replace(/^CAP_/, '');
}

const options =
  'Known are no-new-privileges, seccomp:FILE or unconfined, apparmor:PROFILE and label:…';

function readSecurityOptions(draft: Draft): string[] {
  const written = (draft.file.security_opt ?? []).map((_, index) => index);
  const given = written.flatMap(
    (index) => readSecurityOption(draft, ['security_opt', index]) ?? [],
  );
  const ours = given.some((option) => option.startsWith('no-new-privileges'))
    ? []
    : ['no-new-privileges'];
  return [...ours, ...given].filter((option) => option !== 'no-new-privileges=false');
}

/** The engine's own form of an option, `name=value`. */
function readSecurityOption(draft: Draft, path: Path): string | undefined {
  const [, name, value] = /^([a-z-]+)(?:[:=](.*))?$/.exec(draft.text(path)) ?? [];
  switch (name) {
    case 'no-new-privileges':
      if (value === undefined || value === 'true') return 'no-new-privileges';
      if (value === 'false') return 'no-new-privileges=false';
      break;
    case 'seccomp':
      if (value === 'unconfined') return 'seccomp=unconfined';
      if (value) return readSeccompProfile(draft, path, value);
      break;
    case 'apparmor':
    case 'label':
      if (value) return `${name}=${value}`;
      break;
    default:
  }
  draft.error('bad-value', path, `Unknown security option: ${draft.quoted(path)}`, options);
  return undefined;
}

/** The engine takes the profile itself, not its path. */
function readSeccompProfile(draft: Draft, path: Path, file: string): string | undefined {
  const content = draft.host.read(resolve(draft.project.root, file));
  if ('problem' in content) {
    draft.error(content.problem, path, `The profile in ${draft.quoted(path)} ${content.message}.`);
    return undefined;
  }
  try {
    return `seccomp=${JSON.stringify(JSON.parse(content.text))}`;
  } catch {
    draft.error('bad-value', path, `The profile in ${draft.quoted(path)} is not JSON.`);
    return undefined;
  }
}

function readDevices(draft: Draft): Security['devices'] {
  return (draft.file.devices ?? []).flatMap((written, index) => {
    if (typeof written === 'object') {
      const { source, target = source, permissions = 'rwm' } = written;
      return [{ host: source, container: target, permissions }];
    }
    return shortDevice(draft, ['devices', index]) ?? [];
  });
}

/** `HOST`, `HOST:INSIDE`, `HOST:rwm` or `HOST:INSIDE:rwm` */
function shortDevice(draft: Draft, path: Path): Security['devices'][number] | undefined {
  const pattern = /^(\/[^:]*)(?::(\/[^:]*))?(?::([rwm]{1,3}))?$/;
  const match = pattern.exec(draft.text(path));
  if (match === null) {
    const hint = 'For example: /dev/kvm, or /dev/ttyUSB0:/dev/ttyUSB0:rw';
    draft.error('bad-value', path, `${draft.quoted(path)} is no device.`, hint);
    return undefined;
  }
  const [, host = '', container = host, permissions = 'rwm'] = match;
  return { host, container, permissions };
}

function readSysctls(draft: Draft): Record<string, string> {
  const names = Object.keys(draft.file.sysctls ?? {});
  return toRecord(names.map((name) => [name, draft.text(['sysctls', name])] as const));
}

/** getrlimit(2), as the engine names them. */
const limits = [
  ...['core', 'cpu', 'data', 'fsize', 'locks', 'memlock', 'msgqueue', 'nice', 'nofile', 'nproc'],
  ...['rss', 'rtprio', 'rttime', 'sigpending', 'stack'],
];

function readUlimits(draft: Draft): Security['ulimits'] {
  return Object.entries(draft.file.ulimits ?? {}).map(([name, written]) => {
    const path = ['ulimits', name];
    if (!limits.includes(name)) {
      const near = suggest(name, limits);
      const hint = near ? `Did you mean "${near}"?` : `Known are ${limits.join(', ')}.`;
      draft.keyError('unknown-key', path, `Unknown limit in ulimits: ${quote(name)}`, hint);
    }
    const { soft, hard } = typeof written === 'number' ? { soft: written, hard: written } : written;
    if (hard !== -1 && (soft > hard || soft === -1)) {
      const message = `In ulimits, the soft limit of "${name}" is above the hard one.`;
      draft.error('contradiction', [...path, 'soft'], message);
    }
    return { name, soft, hard };
  });
}
