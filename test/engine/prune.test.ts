import { randomInt, randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import type { Docker } from '../../cli/src/engine/docker.ts';
import { contextCacheFile } from '../../cli/src/engine/image/context-cache.ts';
import { hashContext } from '../../cli/src/engine/image/context-hash.ts';
import { listDevenvImages } from '../../cli/src/engine/image/list.ts';
import { applyPrune, findPrunable } from '../../cli/src/engine/prune.ts';
import { packFiles } from '../../cli/src/engine/container/tar.ts';
import type { ContainerSpec } from '../../cli/src/plan/container-spec.ts';
import type { PruneItem } from '../../cli/src/plan/prune.ts';
import type { Caller } from '../../cli/src/plan/world.ts';
import { busybox } from '../support/busybox.ts';
import { describeWithEngine, testEngine } from '../support/engine.ts';
import { plainImage } from '../support/images.ts';
import { testFolder, writeFiles } from '../support/temp-folder.ts';

describeWithEngine('prune and image ls', () => {
  let docker: Docker;

  beforeAll(() => {
    docker = testEngine();
  });

  it('frees workspaces whose folder is gone with their volumes and images, and nothing else', async () => {
    const caller = nobody();
    const [gone, here] = [`/gone/${randomUUID()}`, await testFolder()];
    const goneImage = await builtImage(caller, 3_000_000);
    const hereImage = await builtImage(caller, 1000);
    const unusedImage = await builtImage(caller, 2_000_000);
    const goneContainer = await workspace(caller, gone, goneImage);
    const hereContainer = await workspace(caller, here, hereImage);
    const goneVolume = await volume(caller, gone);
    const hereVolume = await volume(caller, here);
    const folders = await ownFolders([idOf(gone), idOf(here)]);

    const items = (await findPrunable(docker, caller, folders)).filter(ours);
    expect(items.map(({ kind }) => kind)).toEqual([
      'container',
      'volume',
      'image',
      'image',
      'folder',
    ]);
    expect(items.map(({ id }) => id).sort()).toEqual(
      [
        goneContainer,
        goneVolume,
        goneImage,
        unusedImage,
        join(folders.stateFolder, 'workspaces', idOf(gone)),
      ].sort(),
    );
    expect(items.find(({ id }) => id === goneImage)?.bytes).toBe(3_000_000);

    const { removed, kept, freed } = await applyPrune(docker, items);
    expect(kept).toEqual([]);
    expect(removed).toEqual(items);
    expect(freed).toBe(items.reduce((sum, item) => sum + item.bytes, 0));
    expect(freed).toBeGreaterThanOrEqual(5_000_000);
    expect(await docker.inspectContainer(goneContainer)).toBeUndefined();
    expect(await docker.inspectContainer(hereContainer)).toBeDefined();
    expect(await docker.inspectImage(goneImage)).toBeUndefined();
    expect(await docker.inspectImage(unusedImage)).toBeUndefined();
    expect(await docker.inspectImage(hereImage)).toBeDefined();
    const volumes = (await docker.listVolumes([`devenv.uid=${caller.uid}`])).map(
      ({ Name }) => Name,
    );
    expect(volumes).toEqual([hereVolume]);
    expect(await readdir(join(folders.stateFolder, 'workspaces'))).toEqual([idOf(here)]);
    expect((await findPrunable(docker, caller, folders)).filter(ours)).toEqual([]);

    function ours({ kind, id }: PruneItem): boolean {
      return kind !== 'image' || [goneImage, hereImage, unusedImage].includes(id);
    }
  });

  it('removes an image by all its names, and says when something uses it again', async () => {
    const caller = nobody();
    const [free, taken] = [await builtImage(caller, 1000), await builtImage(caller, 1001)];
    await docker.tagImage(free, 'devenv/prune-test', randomUUID());
    const folders = await ownFolders([]);
    const items = (await findPrunable(docker, caller, folders)).filter(({ id }) =>
      [free, taken].includes(id),
    );
    expect(items).toHaveLength(2);
    await workspace(caller, '/gone/later', taken);

    const { removed, kept, freed } = await applyPrune(docker, items);
    expect(removed.map(({ id }) => id)).toEqual([free]);
    expect(kept).toMatchObject([{ item: { id: taken }, reason: 'something uses it again' }]);
    expect(freed).toBe(removed[0]?.bytes);
    expect(await docker.inspectImage(free)).toBeUndefined();
  });

  it('keeps what a workspace of anybody needs, running or not, and what devenv did not make', async () => {
    const [ann, bob] = [nobody(), nobody()];
    const { binary } = await busybox();
    const program = { path: 'bin/sleep', content: binary, mode: 0o755, uid: 0, gid: 0 };
    const [stopped, running, theirs] = [
      await builtImage(ann, 1000),
      await builtImage(ann, await packFiles([program])),
      await builtImage(ann, 1002),
    ];
    const here = await testFolder();
    await workspace(ann, here, stopped);
    await docker.startContainer(await containerWith(await volume(ann, here), running));
    await workspace(bob, '/home/bob/shop', theirs);
    const foreign = await importImage('devenv-test/foreign', []);
    // What somebody builds on an image of devenv inherits its labels.
    const derived = await importImage('devenv-test/derived', ['devenv.built=1']);
    const tagged = await builtImage(ann, 1003);
    await docker.tagImage(tagged, 'devenv-test/mine', 'latest');
    onTestFinished(async () => void (await docker.removeImage('devenv-test/mine:latest')));
    const free = await builtImage(ann, 1004);

    const mine = [stopped, running, theirs, foreign, derived, tagged, free];
    const folders = await ownFolders([idOf(here)]);
    const items = await findPrunable(docker, ann, folders);
    expect(items.filter(({ id }) => mine.includes(id)).map(({ id }) => id)).toEqual([free]);
    expect(items.filter(({ kind }) => kind === 'container' || kind === 'volume')).toEqual([]);
    await applyPrune(
      docker,
      items.filter(({ id }) => mine.includes(id)),
    );
    const left = await Promise.all(mine.map((id) => docker.inspectImage(id)));
    expect(left.map((image) => image?.Id)).toEqual([...mine.slice(0, -1), undefined]);
  });

  it('counts no layer that another image has too', async () => {
    const caller = nobody();
    const layer = await fileOf(Buffer.alloc(50_000, randomUUID()));
    const built = await builtImage(caller, layer);
    await importImage('devenv-test/same-layer', [], layer);
    const items = await findPrunable(docker, caller, await ownFolders([]));
    expect(items.find(({ id }) => id === built)?.bytes).toBe(0);
  });

  it('goes on when a volume is in use, and says which', async () => {
    const caller = nobody();
    const gone = `/gone/${randomUUID()}`;
    const name = await volume(caller, gone);
    const holder = await containerWith(name);
    const items = (await findPrunable(docker, caller, await ownFolders([]))).filter(
      ({ kind }) => kind === 'volume',
    );
    const { removed, kept } = await applyPrune(docker, [
      ...items,
      { kind: 'container', id: holder, name: holder, references: [], reason: '', bytes: 0 },
    ]);
    expect(removed.map(({ id }) => id)).toEqual([holder]);
    expect(kept).toMatchObject([
      { item: { id: name }, reason: expect.stringContaining('in use') as string },
    ]);
  });

  it('asks again while the engine is measuring for somebody else', async () => {
    const caller = nobody();
    const name = await volume(caller, '/gone/x');
    const both = await Promise.all(
      [1, 2, 3, 4].map(async () => findPrunable(docker, caller, await ownFolders([]))),
    );
    expect(both.map((items) => items.filter(({ id }) => id === name).length)).toEqual([1, 1, 1, 1]);
  });

  it('counts no folder as gone when the engine is elsewhere', async () => {
    const caller = nobody();
    await volume(caller, '/gone/anywhere');
    const elsewhere = { ...(await docker.facts()), local: false };
    const facts = vi.spyOn(docker, 'facts').mockResolvedValue(elsewhere);
    onTestFinished(() => facts.mockRestore());
    const items = await findPrunable(docker, caller, await ownFolders([]));
    expect(items.filter(({ kind }) => kind === 'volume')).toEqual([]);
  });

  it('removes what was remembered of an image that is gone', async () => {
    const caller = nobody();
    const folders = await ownFolders([]);
    const id = await builtImage(caller, 10);
    const images = join(folders.cacheFolder, 'images');
    await mkdir(images);
    await writeFile(join(images, `${id.slice('sha256:'.length)}.json`), '{}');
    await writeFile(join(images, `${'0'.repeat(64)}.json`), '{}');
    const items = (await findPrunable(docker, caller, folders)).filter(
      ({ kind }) => kind === 'folder',
    );
    await applyPrune(docker, items);
    expect(await readdir(images)).toEqual([`${id.slice('sha256:'.length)}.json`]);
  });

  it('removes what was read of contexts that are gone, and accounts that nobody asks for', async () => {
    const folders = await ownFolders([]);
    const { cacheFolder } = folders;
    const projects = await testFolder({
      'here/Dockerfile': '',
      'gone/Dockerfile': '',
      'odd\nname/Dockerfile': '',
    });
    const aged = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
    for (const name of ['here', 'gone', 'odd\nname']) {
      const context = join(projects, name);
      await hashContext({ context, dockerfile: join(context, 'Dockerfile') }, [''], cacheFolder);
    }
    aged.mockRestore();
    await rm(join(projects, 'gone'), { recursive: true });
    await writeFiles(cacheFolder, {
      'contexts/old.txt': 'devenv context 1\nend\n',
      'accounts/fresh.json': '{}',
      'accounts/stale.json': '{}',
    });
    await utimes(join(cacheFolder, 'accounts/stale.json'), 0, 0);
    const items = (await findPrunable(docker, nobody(), folders)).filter(
      ({ kind }) => kind === 'folder',
    );
    expect(items).toHaveLength(3);
    await applyPrune(docker, items);
    const left = (await readdir(join(cacheFolder, 'contexts'))).sort();
    const kept = ['here', 'odd\nname'].map((name) => {
      const context = join(projects, name);
      const { path } = contextCacheFile(cacheFolder, {
        context,
        dockerfile: join(context, 'Dockerfile'),
      });
      return basename(path);
    });
    expect(left).toEqual(kept.sort());
    expect(await readdir(join(cacheFolder, 'accounts'))).toEqual(['fresh.json']);
  });

  it('lists the images devenv made and those the caller uses, with who uses them', async () => {
    const caller = nobody();
    const built = await builtImage(caller, 1000);
    const foreign = await importImage('devenv-test/foreign', []);
    const other = await importImage('devenv-test/other', []);
    const derived = await importImage('devenv-test/derived', ['devenv.built=1']);
    await workspace(caller, '/somewhere/shop', foreign);
    await workspace(nobody(), '/somewhere/shop', other);
    const images = await listDevenvImages(docker, caller);
    expect(images.find(({ id }) => id === built)).toMatchObject({
      references: [expect.stringMatching(/^devenv\/prune-test:/) as string],
      base: 'debian:some',
      usedBy: [],
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
    });
    expect(images.find(({ id }) => id === foreign)).toMatchObject({
      base: undefined,
      usedBy: ['shop'],
    });
    expect(images.filter(({ id }) => id === other || id === derived)).toEqual([]);
  });

  /** A caller whom nothing on the engine belongs to yet. */
  function nobody(): Caller {
    const uid = 1_000_000 + randomInt(1_000_000_000);
    return { uid, gid: uid, name: 'nobody', home: '/nowhere', platform: process.platform };
  }

  function idOf(root: string): string {
    return Buffer.from(root).toString('hex').slice(-8);
  }

  function owned(caller: Caller, root: string): Record<string, string> {
    return {
      'devenv.id': idOf(root),
      'devenv.uid': String(caller.uid),
      'devenv.root': root,
      'devenv.name': root.split('/').at(-1) ?? '',
    };
  }

  async function builtImage(caller: Caller, layer: number | Buffer): Promise<string> {
    return importImage(
      'devenv/prune-test',
      ['devenv.built=1', `devenv.uid=${caller.uid}`, 'devenv.base=debian:some'],
      layer,
    );
  }

  function fileOf(content: Buffer): Promise<Buffer> {
    return packFiles([{ path: 'file', content, mode: 0o644, uid: 0, gid: 0 }]);
  }

  /** An image with one layer: this tar, or a file of so many bytes of its own. */
  async function importImage(
    repository: string,
    labels: string[],
    layer: number | Buffer = 10,
  ): Promise<string> {
    const tag = randomUUID();
    const tar = typeof layer === 'number' ? await fileOf(Buffer.alloc(layer, tag)) : layer;
    const changes = labels.map((label) => `LABEL ${label}`);
    await text(await docker.importImage(Readable.from([tar]), repository, tag, changes));
    onTestFinished(async () => void (await docker.removeImage(`${repository}:${tag}`)));
    return (await docker.inspectImage(`${repository}:${tag}`))?.Id ?? '';
  }

  async function workspace(caller: Caller, root: string, image: string): Promise<string> {
    const id = await docker.createProbe(image, owned(caller, root));
    await docker.renameContainer(id, `devenv-test-${randomUUID()}`);
    onTestFinished(() => docker.removeContainer(id));
    return id;
  }

  async function volume(caller: Caller, root: string): Promise<string> {
    const name = `devenv-test-${randomUUID()}`;
    await docker.createVolume(name, owned(caller, root));
    onTestFinished(() => docker.removeVolume(name));
    return name;
  }

  async function containerWith(mounted: string, built?: string): Promise<string> {
    const name = `devenv-test-${randomUUID()}`;
    const mount = { type: 'volume' as const, source: mounted, target: '/data', readOnly: false };
    const command = built === undefined ? undefined : ['/bin/sleep', '600'];
    const image = built ?? (await plainImage(docker));
    const spec = { ...emptySpec, image, command, mounts: [mount] };
    const id = await docker.createContainer(name, spec);
    onTestFinished(() => docker.removeContainer(id));
    return id;
  }

  async function ownFolders(ids: string[]) {
    const folder = await testFolder(
      Object.fromEntries(ids.map((id) => [`workspaces/${id}/build.log`, 'x'])),
    );
    return { stateFolder: folder, cacheFolder: folder };
  }
});

const emptySpec: ContainerSpec = {
  image: '',
  hostname: 'test',
  user: '',
  entrypoint: undefined,
  command: undefined,
  init: false,
  workingDir: '/',
  environment: {},
  mounts: [],
  ports: [],
  resources: { cpus: undefined, memory: undefined, pids: 100, shmSize: undefined },
  security: {
    capAdd: [],
    capDrop: [],
    privileged: false,
    securityOpt: [],
    devices: [],
    gpus: undefined,
    sysctls: {},
    ulimits: [],
  },
  network: { mode: 'none', extraHosts: [], dns: [] },
  limits: undefined,
  labels: {},
  stopTimeout: 1,
  files: [],
  ownedFolders: [],
  createdFolders: [],
  homeFolder: undefined,
  skeletonHome: undefined,
  owner: { uid: 0, gid: 0 },
};
