import type { Config } from '../../config/config.ts';

/**
 * What an administrator allows one person on a shared host: policy.yaml with its defaults filled
 * in and the overrides that are about this person laid over it. Templates are filled in too:
 * `%u` the name, `%U` the uid, `%h` the home, `%%` a percent sign.
 */
export interface Policy {
  /** The engine's address, such as unix:///var/run/docker.sock. */
  engine: string;
  /** Whether that is a person's own engine: the template names the person. */
  ownEngine: boolean;
  repositories: {
    /** Absolute path of the repository, or the folder of repositories, that a plain login enters. */
    default: string;
    /** Absolute paths of the folders at or below which repositories may lie. */
    roots: string[];
  };
  images: {
    /** Where the repository's file names no image, or there is no file. */
    default: string;
    /** Patterns of references, `*` standing for any characters but a slash, `**` for any. */
    allow: string[];
    /** Whether Dockerfiles may be built. */
    build: boolean;
    /** What their commands reach: nothing, or what the engine's default network does. */
    buildNetwork: 'none' | 'engine';
  };
  /** Which home a workspace has, where the person may not, or does not, say. */
  home: Config['home'];
  network: {
    mode: Confinement['network'];
    pool: string;
    deny: string[];
    hostPorts: number[];
  };
  limits: {
    /** Bytes. */
    memory: number;
    cpus: number;
    pids: number;
    /** Bytes of the container's own layer, where the engine's storage driver can limit it. */
    disk: number | undefined;
    /** Bytes of the container's log. */
    log: number;
  };
  /** Host folders that may be mounted besides the repository; below them as well. */
  mounts: { path: string; readOnly: boolean }[];
  /** Whether sessions may use the ssh agent that the person has forwarded. */
  sshAgent: boolean;
  /** Sessions that one person may have at the same time. */
  maxSessions: number;
  /** Seconds without a session after which a workspace is stopped; undefined: never. */
  idleStop: number | undefined;
  /** What the repository's file may say. */
  userMay: UserMay[];
  audit: { to: 'file'; path: string } | { to: 'syslog' };
}

/** Keys of a devenv file, or groups of them, that the administrator leaves to the person. */
export const userMayWords = [
  'image',
  'shell',
  'workspace',
  'home',
  'environment',
  'hooks',
  'caches',
  'volumes',
  'secrets',
  'resources',
  'ports',
  'extra_hosts',
  'dns',
  'init',
] as const;

export type UserMay = (typeof userMayWords)[number];

type Confinement = NonNullable<Config['confinement']>;
