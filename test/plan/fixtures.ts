import type { Config } from '../../cli/src/config/config.ts';
import { identify } from '../../cli/src/plan/identity.ts';
import { labels } from '../../cli/src/plan/labels.ts';
import { hashSettings } from '../../cli/src/plan/settings.ts';
import type { ContainerFacts, ImageFacts, World } from '../../cli/src/plan/world.ts';

export const installation = { version: '1.2.3', runFolder: '/state/run' };

/** What `image: debian` alone means. */
export function aConfig(changes: Partial<Config> = {}): Config {
  return {
    project: {
      root: '/home/ann/shop',
      file: '/home/ann/shop/devenv.yaml',
      name: 'shop',
      environment: '',
    },
    image: { kind: 'image', reference: 'debian' },
    user: 'me',
    shell: undefined,
    init: 'devenv',
    workspace: '/home/ann/shop',
    home: 'project',
    caches: [],
    mounts: [],
    environment: {},
    secrets: {},
    ports: [],
    resources: { cpus: undefined, memory: undefined, pids: 512, shmSize: undefined },
    security: {
      capAdd: [],
      capDrop: [],
      privileged: false,
      securityOpt: ['no-new-privileges'],
      devices: [],
      gpus: undefined,
      sysctls: {},
      ulimits: [],
    },
    network: { mode: undefined, extraHosts: [], dns: [] },
    hooks: {},
    tasks: {},
    watch: [],
    forward: { sshAgent: true, gitCredentials: true, caCertificates: true, proxy: true },
    idleStop: undefined,
    ...changes,
  };
}

export function anImage(changes: Partial<ImageFacts> = {}): ImageFacts {
  return {
    id: 'sha256:one',
    user: '',
    entrypoint: [],
    command: ['bash'],
    workingDir: '',
    environment: {},
    passwd: 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/nonexistent:/bin/false\n',
    group: 'root:x:0:\n',
    shells: ['/bin/bash', '/bin/sh'],
    canSleep: true,
    ...changes,
  };
}

/** A host with the image and nothing else. */
export function aWorld(changes: Partial<World> = {}): World {
  return {
    engine: {
      kind: 'docker',
      version: '20.10',
      apiVersion: '1.41',
      rootless: false,
      local: true,
      host: 'unix:///var/run/docker.sock',
    },
    caller: { uid: 1000, gid: 1000, name: 'ann', home: '/home/ann', platform: 'linux' },
    source: { mount: '/home/ann/shop', gitFolders: [], dockerfile: undefined },
    image: anImage(),
    imageInputs: undefined,
    unbuildable: undefined,
    prebuilt: undefined,
    container: undefined,
    nameHolder: undefined,
    leftovers: [],
    volumes: [],
    takenPorts: [],
    hooksDone: [],
    confined: [],
    networks: [],
    handmade: undefined,
    ...changes,
  };
}

/** The container that `up` would have made for the config, running. */
export function aContainer(config: Config, changes: Partial<ContainerFacts> = {}): ContainerFacts {
  const world = aWorld();
  const settings = hashSettings(config, world.caller, world.source);
  return {
    id: 'c1',
    name: identify(config.project, world.caller).containerName,
    state: 'running',
    labels: {
      [labels.config]: settings.hash,
      [labels.settings]: JSON.stringify(settings.sections),
      [labels.image]: 'sha256:one',
    },
    imageId: 'sha256:one',
    createdAt: '2026-01-01T00:00:00Z',
    startedAt: '2026-01-01T00:00:01Z',
    ports: [],
    sessions: [],
    ...changes,
  };
}
