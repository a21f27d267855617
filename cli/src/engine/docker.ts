import { Readable, type Duplex } from 'node:stream';
import Dockerode from 'dockerode';
import type { Change } from '../plan/changes.ts';
import type { ContainerSpec } from '../plan/container-spec.ts';
import type { EngineFacts } from '../plan/world.ts';
import { connectionOptions, type EngineAddress } from './docker/address.ts';
import { createEngineAgent } from './docker/agent.ts';
import type {
  ContainerInspection,
  ContainerListing,
  DiskUsage,
  EngineInfo,
  ExecInspection,
  ExecRequest,
  ImageInspection,
  ImageListing,
  PathStat,
  RegistryLogin,
} from './docker/answers.ts';
import { toCreateOptions } from './docker/create-options.ts';
import { isGone, translateEngineError } from './docker/errors.ts';

/**
 * Detaching would end a session silently. It cannot be switched off, so this sequence is one that
 * nobody types. The engine holds back a key that may begin it until the next one comes: the first
 * is therefore among the least used ones there are (default: ctrl-p), and is delayed, never lost.
 */
const detachKeys = 'ctrl-^,ctrl-@,ctrl-^,ctrl-_,ctrl-^,ctrl-@,ctrl-^,ctrl-_';

/** What a path in a container is; of a symlink, not of its target. */
export interface PathFacts {
  folder: boolean;
  /** Mode, size and time: a file that looks the same is the same. */
  looks: string;
  /** ISO 8601. */
  mtime: string;
  /** Where a symlink leads to in the end, absolute; else ''. */
  linkTarget: string;
}

/**
 * The engine API (Docker 1.41 and its Podman equivalent), one method a call, with failures
 * already translated to DevenvError. The only file that imports dockerode.
 */
export class Docker {
  readonly host: string;
  /** True when host paths and sockets mean the same to the engine as to this process. */
  readonly local: boolean;
  readonly #api: Dockerode;

  constructor(readonly address: EngineAddress) {
    this.host = address.host;
    this.local = /^(unix|npipe):/.test(address.host);
    const agent = createEngineAgent(address.tls !== undefined);
    // The type does not know `agent`; over ssh dockerode uses one of its own instead.
    this.#api = new Dockerode({ ...connectionOptions(address), agent } as Dockerode.DockerOptions);
  }

  /** GET /version and /info. */
  async facts(): Promise<EngineFacts> {
    const [version, info] = await Promise.all([
      this.#call('version', () => this.#api.version()),
      this.#call('info', () => this.#api.info() as Promise<{ SecurityOptions?: string[] | null }>),
    ]);
    const components = (version.Components ?? []).map((component) => component.Name);
    const options = info.SecurityOptions ?? [];
    return {
      kind: components.some((name) => name.startsWith('Podman')) ? 'podman' : 'docker',
      version: version.Version,
      apiVersion: version.ApiVersion,
      rootless: options.some((option) => option.includes('rootless')),
      local: this.local,
      host: this.host,
    };
  }

  /** GET /info. */
  info(): Promise<EngineInfo> {
    return this.#call('info', () => this.#api.info()) as Promise<EngineInfo>;
  }

  /** GET /version: what the engine builds for, as in `--platform`: `linux/amd64`. */
  async platform(): Promise<string> {
    const { Os, Arch } = await this.#call('version', () => this.#api.version());
    return `${Os}/${Arch}`;
  }

  /**
   * GET /distribution/{reference}/json: makes the engine ask the registry. Undefined when the
   * registry has no such image. Podman cannot ask.
   */
  async askRegistry(
    reference: string,
    login?: RegistryLogin,
  ): Promise<{ digest: string } | undefined> {
    const answer = await this.#find(
      `ask the registry for ${reference}`,
      () =>
        this.#api.getImage(reference).distribution({ authconfig: login ?? {} }) as Promise<{
          Descriptor: { digest: string };
        }>,
    );
    return answer && { digest: answer.Descriptor.digest };
  }

  /** GET /_ping. */
  async ping(): Promise<void> {
    await this.#call('ping', () => this.#api.ping());
  }

  /** GET /containers/{name}/json; undefined when there is none. */
  inspectContainer(name: string): Promise<ContainerInspection | undefined> {
    return this.#find(`inspect container ${name}`, () =>
      this.#api.getContainer(name).inspect(),
    ) as Promise<ContainerInspection | undefined>;
  }

  /** GET /containers/json?all=1, filtered by labels such as `devenv.uid=1000`. */
  listContainers(labels: string[] = []): Promise<ContainerListing[]> {
    const filters = JSON.stringify({ label: labels });
    return this.#call('list containers', () => this.#api.listContainers({ all: true, filters }));
  }

  /** GET /networks: the names of those with all of the labels. */
  async listNetworks(labels: string[]): Promise<string[]> {
    const filters = JSON.stringify({ label: labels });
    const networks = await this.#call('list networks', () => this.#api.listNetworks({ filters }));
    return networks.map(({ Name }) => Name);
  }

  /** POST /networks/create: a bridge with the addresses of `subnet`, in CIDR notation. */
  async createNetwork(
    name: string,
    {
      subnet,
      internal,
      labels,
    }: { subnet: string; internal: boolean; labels: Record<string, string> },
  ): Promise<void> {
    await this.#call(`create network ${name}`, () =>
      this.#api.createNetwork({
        Name: name,
        CheckDuplicate: true,
        Driver: 'bridge',
        Internal: internal,
        IPAM: { Config: [{ Subnet: subnet }] },
        Labels: labels,
      }),
    );
  }

  /** DELETE /networks/{name}; one that is gone is fine. */
  async removeNetwork(name: string): Promise<void> {
    await this.#call(`remove network ${name}`, () => this.#api.getNetwork(name).remove(), [404]);
  }

  /** POST /containers/create; gives the id. */
  async createContainer(name: string, spec: ContainerSpec): Promise<string> {
    const container = await this.#call(`create container ${name}`, () =>
      this.#api.createContainer({ name, ...toCreateOptions(spec) }),
    );
    return container.id;
  }

  /** A container that never runs, made to read an image's files from; gives its id. */
  async createProbe(image: string, labels: Record<string, string>): Promise<string> {
    const container = await this.#call(`create a container from ${image}`, () =>
      this.#api.createContainer({
        Image: image,
        Labels: labels,
        Entrypoint: ['devenv-probe'],
        NetworkDisabled: true,
      }),
    );
    return container.id;
  }

  async startContainer(name: string): Promise<void> {
    await this.#call(`start container ${name}`, () => this.#api.getContainer(name).start(), [304]);
  }

  async unpauseContainer(name: string): Promise<void> {
    await this.#call(`unpause container ${name}`, () => this.#api.getContainer(name).unpause());
  }

  /** Stops a container, killing it after `timeout` seconds; one that is gone or stopped is fine. */
  async stopContainer(name: string, timeout: number): Promise<void> {
    await this.#call(
      `stop container ${name}`,
      () => this.#api.getContainer(name).stop({ t: timeout }),
      [304, 404],
    );
  }

  /** Removes a container with its anonymous volumes; one that is gone is fine. */
  async removeContainer(name: string): Promise<void> {
    await this.#call(
      `remove container ${name}`,
      () => this.#api.getContainer(name).remove({ force: true, v: true }),
      [404, 409],
    );
  }

  async renameContainer(name: string, to: string): Promise<void> {
    await this.#call(`rename container ${name}`, () =>
      this.#api.getContainer(name).rename({ name: to }),
    );
  }

  /** GET /containers/{name}/logs; the stream is multiplexed, as the container has no terminal. */
  async containerLogs(
    name: string,
    options: { follow: boolean; tail?: number },
  ): Promise<Readable> {
    const query = { stdout: true, stderr: true, tail: options.tail };
    const container = this.#api.getContainer(name);
    const answer: unknown = await this.#call(`read the logs of ${name}`, () =>
      options.follow
        ? container.logs({ ...query, follow: true })
        : (container.logs({ ...query, follow: false }) as Promise<unknown>),
    );
    if (Buffer.isBuffer(answer)) return Readable.from([answer]);
    return answer as Readable;
  }

  /** POST /containers/{name}/wait: the exit status, once the container has ended. */
  async waitContainer(name: string, signal?: AbortSignal): Promise<number> {
    const answer = (await this.#call(`wait for ${name}`, () =>
      this.#api.getContainer(name).wait(signal && { abortSignal: signal }),
    )) as { StatusCode: number };
    return answer.StatusCode;
  }

  /** GET /containers/{name}/changes: what differs in the container's own layer from its image. */
  async changes(name: string): Promise<Change[]> {
    const changes = (await this.#call(`list the changes of ${name}`, () =>
      this.#api.getContainer(name).changes(),
    )) as { Path: string; Kind: number }[] | null;
    const kinds = ['modified', 'added', 'deleted'] as const;
    return (changes ?? []).map(({ Path, Kind }) => ({
      path: Path,
      kind: kinds[Kind] ?? 'modified',
    }));
  }

  /** PUT /containers/{name}/archive: unpacks a tar at `path`, uid and gid as in the tar. */
  async putArchive(name: string, path: string, tar: Buffer | Readable): Promise<void> {
    await this.#call(`write into ${name}`, () =>
      this.#api.getContainer(name).putArchive(tar as NodeJS.ReadableStream, { path }),
    );
  }

  /** GET /containers/{name}/archive: a tar of `path`; undefined when it does not exist. */
  getArchive(name: string, path: string): Promise<Readable | undefined> {
    return this.#find(`read ${path} from ${name}`, () =>
      this.#api.getContainer(name).getArchive({ path }),
    ) as Promise<Readable | undefined>;
  }

  /** HEAD /containers/{name}/archive: what `path` is; undefined when it does not exist. */
  async stat(name: string, path: string): Promise<PathFacts | undefined> {
    const answer: unknown = await this.#find(`look at ${path} in ${name}`, () =>
      this.#api.getContainer(name).infoArchive({ path }),
    );
    if (answer === undefined) return undefined;
    const headers = (answer as { headers?: Record<string, string> }).headers;
    const header = headers?.['x-docker-container-path-stat'];
    if (header === undefined) return undefined;
    const facts = JSON.parse(Buffer.from(header, 'base64').toString()) as PathStat;
    const { mode, size, mtime, linkTarget } = facts;
    return { folder: mode >= 2 ** 31, looks: [mode, size, mtime].join(' '), mtime, linkTarget };
  }

  /** POST /containers/{name}/exec; gives the exec's id. */
  async createExec(name: string, request: ExecRequest): Promise<string> {
    const exec = await this.#call(`run ${request.argv[0]} in ${name}`, () =>
      this.#api.getContainer(name).exec({
        Cmd: request.argv,
        User: request.user,
        ...(request.workingDir === undefined ? {} : { WorkingDir: request.workingDir }),
        Env: Object.entries(request.environment ?? {}).map(([key, value]) => `${key}=${value}`),
        Tty: request.tty,
        AttachStdin: request.stdin,
        AttachStdout: true,
        AttachStderr: true,
        DetachKeys: detachKeys,
      }),
    );
    return exec.id;
  }

  /**
   * POST /exec/{id}/start, upgraded to a raw connection. With a terminal it carries bytes as
   * they are, without one it carries the multiplexed frames of the engine API.
   */
  startExec(id: string, tty: boolean): Promise<Duplex> {
    return this.#call('start the session', () =>
      this.#api.getExec(id).start({ hijack: true, stdin: true, Tty: tty }),
    );
  }

  inspectExec(id: string): Promise<ExecInspection | undefined> {
    return this.#find('inspect the session', () => this.#api.getExec(id).inspect());
  }

  async resizeExec(id: string, columns: number, rows: number): Promise<void> {
    await this.#call('resize the session', () =>
      this.#api.getExec(id).resize({ w: columns, h: rows }),
    );
  }

  /** GET /images/{reference}/json; undefined when there is none. */
  inspectImage(reference: string): Promise<ImageInspection | undefined> {
    return this.#find(`inspect image ${reference}`, () =>
      this.#api.getImage(reference).inspect(),
    ) as Promise<ImageInspection | undefined>;
  }

  listImages(labels: string[] = []): Promise<ImageListing[]> {
    const filters = JSON.stringify({ label: labels });
    return this.#call('list images', () => this.#api.listImages({ filters })) as Promise<
      ImageListing[]
    >;
  }

  /**
   * POST /images/create?fromImage: the engine's JSON progress lines. Without a tag it is
   * `latest`, never all of them. An aborted signal ends a call that has not answered yet.
   */
  pullImage(
    reference: string,
    { signal, platform, login }: { signal?: AbortSignal; platform?: string; login?: RegistryLogin },
  ): Promise<Readable> {
    const options = {
      ...(signal && { abortSignal: signal }),
      ...(platform !== undefined && { platform }),
      ...(login && { authconfig: login }),
    };
    return this.#call(`pull ${reference}`, () =>
      this.#api.pull(reference, options),
    ) as Promise<Readable>;
  }

  /** POST /images/{reference}/push: the engine's JSON progress lines. */
  pushImage(
    reference: string,
    { signal, login }: { signal?: AbortSignal; login: RegistryLogin | undefined },
  ): Promise<Readable> {
    // Without a login the engine still wants the header.
    const options = { authconfig: login ?? {}, ...(signal && { abortSignal: signal }) };
    return this.#call(`push ${reference}`, () =>
      this.#api.getImage(reference).push(options as Dockerode.ImagePushOptions),
    ) as Promise<Readable>;
  }

  /** POST /images/create?fromSrc=-: imports a root file system; gives JSON progress lines. */
  importImage(
    tar: Readable,
    repository: string,
    tag: string,
    changes: string[],
  ): Promise<Readable> {
    return this.#call(`import ${repository}:${tag}`, () =>
      this.#api.importImage(tar, { repo: repository, tag, changes }),
    ) as Promise<Readable>;
  }

  /** POST /build with the classic builder: the engine's JSON progress lines. */
  buildImage(context: Readable, options: Dockerode.ImageBuildOptions): Promise<Readable> {
    return this.#call('build', () =>
      this.#api.buildImage(context, options),
    ) as unknown as Promise<Readable>;
  }

  /**
   * POST /build with BuildKit (`version=2`): JSON lines, of which those with the id
   * `moby.buildkit.trace` hold its progress. What it builds from it asks for over the connection
   * of openSession with the id `session`.
   */
  buildImageWithBuildKit({
    abortSignal,
    ...options
  }: Dockerode.ImageBuildOptions & { session: string }): Promise<Readable> {
    return this.#dial('build', {
      path: '/build?',
      method: 'POST',
      // Docker holds its output back until it has read the body, and this one it never reads.
      options: { _query: { ...options, version: '2', remote: 'client-session' }, _body: {} },
      isStream: true,
      statusCodes: { 200: true },
      ...(abortSignal && { abortSignal }),
    });
  }

  /** POST /session, upgraded to a connection on which the engine is a gRPC client (h2c). */
  openSession(headers: Record<string, string | string[]>): Promise<Duplex> {
    return this.#dial('open a build session', {
      path: '/session',
      method: 'POST',
      hijack: true,
      headers: { Upgrade: 'h2c', ...headers },
      statusCodes: { 101: true, 200: true },
    });
  }

  async tagImage(reference: string, repository: string, tag: string): Promise<void> {
    await this.#call(`tag ${reference}`, () =>
      this.#api.getImage(reference).tag({ repo: repository, tag }),
    );
  }

  /** DELETE /images/{reference}; false when something still uses it. */
  async removeImage(reference: string): Promise<boolean> {
    const removed: unknown = await this.#call(
      `remove image ${reference}`,
      () => this.#api.getImage(reference).remove(),
      [404, 409],
    );
    return removed !== undefined;
  }

  async createVolume(name: string, labels: Record<string, string>): Promise<void> {
    await this.#call(`create volume ${name}`, () =>
      this.#api.createVolume({ Name: name, Labels: labels }),
    );
  }

  async listVolumes(labels: string[]): Promise<{ Name: string; Labels: Record<string, string> }[]> {
    const answer = await this.#call('list volumes', () =>
      this.#api.listVolumes({ filters: JSON.stringify({ label: labels }) }),
    );
    return answer.Volumes ?? [];
  }

  async removeVolume(name: string): Promise<void> {
    await this.#call(`remove volume ${name}`, () => this.#api.getVolume(name).remove(), [404]);
  }

  /** GET /containers/{name}/stats, one reading. */
  containerStats(name: string): Promise<Dockerode.ContainerStats> {
    return this.#call(`read the statistics of ${name}`, () =>
      this.#api.getContainer(name).stats({ stream: false }),
    );
  }

  /** GET /system/df: what images, containers and volumes take on disk. */
  diskUsage(): Promise<DiskUsage> {
    return this.#call('measure the disk usage', () => this.#api.df()) as Promise<DiskUsage>;
  }

  /** GET /events, filtered by labels: a stream of JSON lines. */
  events(labels: string[]): Promise<Readable> {
    return this.#call('follow the events', () =>
      this.#api.getEvents({ filters: JSON.stringify({ label: labels }) }),
    ) as Promise<Readable>;
  }

  /** A call that dockerode has no method for, or another one than is wanted. */
  #dial<T>(what: string, request: object): Promise<T> {
    const modem = this.#api.modem as Modem;
    return this.#call(
      what,
      () =>
        new Promise((resolve, reject) => {
          modem.dial(request, (error, answer) => {
            if (error) reject(error);
            else resolve(answer as T);
          });
        }),
    );
  }

  async #call<T>(what: string, run: () => Promise<T>, accepted: number[] = []): Promise<T> {
    try {
      return await run();
    } catch (error) {
      const status = (error as { statusCode?: number }).statusCode;
      if (status !== undefined && accepted.includes(status)) return undefined as T;
      throw translateEngineError(error, what, this.host);
    }
  }

  async #find<T>(what: string, run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      if (isGone(error)) return undefined;
      throw translateEngineError(error, what, this.host);
    }
  }
}

/** docker-modem, which its types leave open. */
interface Modem {
  dial(request: object, done: (error: Error | null, answer: unknown) => void): void;
}
