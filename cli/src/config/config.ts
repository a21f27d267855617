/** The project a Config belongs to. */
export interface Project {
  /** Real absolute path of the folder that holds the devenv file. */
  root: string;
  /** Absolute path of the devenv file; undefined when the person's default image is used. */
  file: string | undefined;
  /** For people: container names, hostnames, tables. */
  name: string;
  /** '' for devenv.yaml, 'test' for devenv.test.yaml: several environments of one folder. */
  environment: string;
}

/**
 * The normalized content of a devenv file: defaults filled in, variables substituted, paths
 * absolute. Only `~` in `caches` and mount targets stays, since the home is known only later.
 */
export interface Config {
  project: Project;
  image: ImageSource;
  /** `me`: the caller's uid, gid and name; `root`; or a name in the image. */
  user: string;
  shell: string | undefined;
  /** `devenv`: a small init and a sleeper; `image`: the image's own entrypoint and command. */
  init: 'devenv' | 'image';
  /** Absolute path at which the project appears inside. */
  workspace: string;
  home: 'project' | 'user' | 'host' | 'none';
  /** Folders kept in named volumes: absolute paths inside, or `~/…`. */
  caches: string[];
  mounts: Mount[];
  environment: Record<string, string>;
  secrets: Record<string, SecretSource>;
  ports: PortRequest[];
  resources: Resources;
  security: Security;
  network: NetworkSettings;
  hooks: { create?: Command; start?: Command; attach?: Command };
  tasks: Record<string, Command>;
  watch: WatchRule[];
  forward: Forward;
  /** Seconds without a session after which the workspace may be stopped. */
  idleStop: number | undefined;
  /** What an administrator's policy adds; no file of a project's can say it. */
  confinement?: Confinement;
}

/** How a workspace on a shared host is shut off from the host and from other workspaces. */
export interface Confinement {
  /**
   * `isolated`: a network of its own, from which the outside can be reached but not the host, not
   * other workspaces and not what is denied. `internal`: the same without the outside. `none`.
   */
  network: 'isolated' | 'internal' | 'none';
  /** The range that the networks of workspaces are taken from, such as 10.214.0.0/16. */
  pool: string;
  /** Ranges that cannot be reached. */
  deny: string[];
  /** TCP ports of the host that can be reached all the same. */
  hostPorts: number[];
  /** Bytes of the container's log. */
  logBytes: number;
  /** Bytes of the container's own layer; undefined where nothing limits it. */
  diskBytes: number | undefined;
}

/** How an image is built for somebody who may not touch the engine. */
export interface ConfinedBuild {
  /** Whose image it is. */
  uid: number;
  /** Of its commands: none at all, or the engine's own default. */
  network: 'none' | 'engine';
}

export type ImageSource =
  | { kind: 'image'; reference: string }
  | {
      kind: 'build';
      /** Absolute host path of the Dockerfile. */
      dockerfile: string;
      /** Absolute host path of the context folder. */
      context: string;
      target: string | undefined;
      args: Record<string, string>;
      secrets: string[];
      cacheFrom: string[];
      platform: string | undefined;
      /** Repository where built images are shared: `registry.example.com/team/shop`. */
      registry: string | undefined;
      /** Whether the build's commands trust the host's certificate authorities. */
      trustsHost: boolean;
      /** What an administrator's policy adds; no file of a project's can say it. */
      confined?: ConfinedBuild;
    };

export interface Mount {
  type: 'bind' | 'volume' | 'tmpfs';
  /** Absolute host path, or the volume's name; '' for tmpfs and anonymous volumes. */
  source: string;
  /** Absolute path inside, or `~/…`. */
  target: string;
  readOnly: boolean;
}

export type SecretSource =
  | { from: 'environment'; name: string }
  | { from: 'file'; path: string }
  | { from: 'command'; command: Command };

export interface PortRequest {
  container: number;
  protocol: 'tcp' | 'udp';
  /** Address on the host; 127.0.0.1 unless the file says otherwise. */
  hostIp: string;
  /** The host port asked for. */
  host: number;
  /** True for `8080:80`: this port or none. False for `3000`: the next free one will do. */
  exact: boolean;
}

export interface Resources {
  /** Number of CPUs, fractions allowed. */
  cpus: number | undefined;
  /** Bytes. */
  memory: number | undefined;
  pids: number;
  /** Bytes. */
  shmSize: number | undefined;
}

export interface Security {
  capAdd: string[];
  capDrop: string[];
  privileged: boolean;
  securityOpt: string[];
  devices: { host: string; container: string; permissions: string }[];
  /** 'all', or how many. */
  gpus: 'all' | number | undefined;
  sysctls: Record<string, string>;
  ulimits: { name: string; soft: number; hard: number }[];
}

export interface NetworkSettings {
  mode: string | undefined;
  /** `name:address`, as in /etc/hosts. */
  extraHosts: string[];
  dns: string[];
}

/** A hook or a task: `sh -c` text, argv, or named commands that run in parallel. */
export type Command =
  | { kind: 'shell'; script: string }
  | { kind: 'argv'; argv: string[] }
  | { kind: 'parallel'; commands: Record<string, SimpleCommand> };

export type SimpleCommand = Exclude<Command, { kind: 'parallel' }>;

export interface WatchRule {
  path: string;
  action: 'rebuild' | 'restart' | 'run';
  run: Command | undefined;
}

export interface Forward {
  sshAgent: boolean;
  gitCredentials: boolean;
  caCertificates: boolean;
  proxy: boolean;
}
