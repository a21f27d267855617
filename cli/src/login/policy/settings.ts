import type { Place } from '../../config/tree.ts';
import type { Person } from './person.ts';
import type { Policy, UserMay } from './policy.ts';

/** What a policy file can set, each by the path of its key: what overrides replace as a whole. */
export interface Settings {
  engine: { address: string; isOwn: boolean };
  'repositories.default': string;
  'repositories.roots': string[];
  'images.default': string;
  'images.allow': string[];
  'images.build': boolean;
  'images.build_network': Policy['images']['buildNetwork'];
  home: Policy['home'];
  'network.mode': Policy['network']['mode'];
  'network.pool': string;
  'network.deny': string[];
  'network.host_ports': number[];
  'limits.memory': number;
  'limits.cpus': number;
  'limits.pids': number;
  'limits.disk': number | undefined;
  'limits.log': number;
  mounts: Policy['mounts'];
  'forward.ssh_agent': boolean;
  'sessions.max_per_user': number;
  idle_stop: number | undefined;
  user_may: UserMay[];
  audit: Policy['audit'];
}

/** The path of a key in a policy file, such as `images.allow`. */
export type PolicyKey = keyof Settings;

/** What one part of the file sets, and where. */
export type Layer = { [Key in PolicyKey]?: { value: Settings[Key]; place: Place } };

/** What holds where the file says nothing. */
export function defaultSettings({ home }: Person): Settings {
  return {
    engine: { address: 'unix:///var/run/docker.sock', isOwn: false },
    'repositories.default': home,
    'repositories.roots': [home],
    'images.default': 'debian:bookworm-slim',
    'images.allow': [],
    'images.build': false,
    'images.build_network': 'none',
    home: 'user',
    'network.mode': 'isolated',
    'network.pool': '10.214.0.0/16',
    'network.deny': ['169.254.0.0/16'],
    'network.host_ports': [],
    'limits.memory': 2 * 1024 ** 3,
    'limits.cpus': 2,
    'limits.pids': 512,
    'limits.disk': undefined,
    'limits.log': 10 * 1024 ** 2,
    mounts: [],
    'forward.ssh_agent': false,
    'sessions.max_per_user': 20,
    idle_stop: 8 * 3600,
    user_may: [
      ...(['image', 'shell', 'workspace', 'home', 'environment', 'hooks'] as const),
      ...(['caches', 'volumes', 'secrets', 'resources'] as const),
    ],
    audit: { to: 'file', path: '/var/log/devenv/audit.log' },
  };
}
