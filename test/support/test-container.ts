import { randomBytes } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { attach, type Session } from '../../cli/src/engine/attach.ts';
import type { ContainerSpec, ResolvedMount } from '../../cli/src/plan/container-spec.ts';
import type { Docker } from '../../cli/src/engine/docker.ts';
import { testEngine } from './engine.ts';

export interface TestContainer {
  docker: Docker;
  name: string;
  user: string;
  /** Runs a command through attach(), without a terminal. */
  run(argv: string[], options?: RunOptions): Promise<Result>;
  /** Command lines of the container's processes, PID 1 and its sleeper left out. */
  processes(): Promise<string[]>;
  remove(): Promise<void>;
}

export interface RunOptions extends Partial<Session> {
  input?: string | Buffer;
}

export interface Result {
  status: number;
  stdout: string;
  stderr: string;
}

interface Options {
  image?: string;
  /** Whom PID 1 and the sessions run as. */
  user?: string;
  mounts?: ResolvedMount[];
  /** A network of the engine's; none without it. */
  network?: string;
}

/** A running container as devenv makes them: a small init and a sleeper, as an ordinary user. */
export async function startTestContainer({
  image = 'debian:bookworm-slim',
  user = '1000:1000',
  mounts = [],
  network = 'none',
}: Options = {}): Promise<TestContainer> {
  const docker = testEngine();
  const name = `devenv-test-session-${randomBytes(4).toString('hex')}`;
  await docker.createContainer(name, specification(image, user, mounts, network));
  await docker.startContainer(name);
  return {
    docker,
    name,
    user,
    run: (argv, options) => run(docker, { container: name, argv, user, ...options }),
    processes: async () => {
      const { stdout } = await run(docker, { container: name, argv: listing, user: '0:0' });
      return stdout
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '' && !line.endsWith(sleeper) && !isListing(line));
    },
    remove: () => docker.removeContainer(name),
  };
}

const sleeper = 'sleep 2147483647';

/** Works without ps: the command lines in /proc. */
const listing = [
  'sh',
  '-c',
  "for file in /proc/[0-9]*/cmdline; do tr '\\0\\n' '  ' <$file; echo; done 2>/dev/null",
];

function isListing(line: string): boolean {
  return line.startsWith('tr ') || line.includes('/proc/[0-9]*/cmdline');
}

async function run(
  docker: Docker,
  { input, ...session }: RunOptions & Pick<Session, 'container' | 'argv' | 'user'>,
): Promise<Result> {
  const stdout = collector();
  const stderr = collector();
  const status = await attach(docker, {
    workingDir: '/',
    environment: {},
    tty: false,
    stdin: input === undefined ? null : Readable.from([Buffer.from(input)]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    ...session,
  });
  return { status, stdout: stdout.text(), stderr: stderr.text() };
}

function collector(): { stream: Writable; text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

function specification(
  image: string,
  user: string,
  mounts: ResolvedMount[],
  network: string,
): ContainerSpec {
  return {
    image,
    hostname: 'session-test',
    user,
    entrypoint: ['sleep'],
    command: [sleeper.split(' ')[1]!],
    init: true,
    workingDir: '/',
    environment: {},
    mounts,
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
    network: { mode: network, extraHosts: [], dns: [] },
    limits: undefined,
    labels: { 'devenv-test': '1' },
    stopTimeout: 1,
    files: [],
    ownedFolders: [],
    createdFolders: [],
    homeFolder: undefined,
    skeletonHome: undefined,
    owner: { uid: 1000, gid: 1000 },
  };
}
