import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import type { Docker } from '../../../cli/src/engine/docker.ts';
import { factsFile, readImageFacts } from '../../../cli/src/engine/image/facts.ts';
import { packFiles, type TarEntry } from '../../../cli/src/engine/container/tar.ts';
import { describeWithEngine, testEngine } from '../../support/engine.ts';
import { testFolder } from '../../support/temp-folder.ts';

describeWithEngine('readImageFacts', () => {
  let docker: Docker;

  beforeAll(() => {
    docker = testEngine();
  });

  it('reads configuration, accounts and shells, and leaves no container behind', async () => {
    const reference = await makeImage(
      [
        file('etc/passwd', 'root:x:0:0::/root:/bin/sh\n'),
        file('etc/group', 'root:x:0:\n'),
        file('bin/sh', 'x'),
        file('usr/bin/zsh', 'x'),
        { path: 'bin/fish', mode: 0o755, uid: 0, gid: 0, type: 'directory' },
        link('bin/bash', 'sh'),
        file('opt/sleep', 'x'),
      ],
      [
        'USER app:staff',
        'ENTRYPOINT ["/init", "--"]',
        'CMD ["serve"]',
        'WORKDIR /srv',
        'ENV A=1=2 B= PATH=/bin:/opt',
      ],
    );
    const facts = await readImageFacts(docker, reference, await testFolder());
    expect(facts).toEqual({
      id: expect.stringMatching(/^sha256:/) as string,
      user: 'app:staff',
      entrypoint: ['/init', '--'],
      command: ['serve'],
      workingDir: '/srv',
      environment: expect.objectContaining({ A: '1=2', B: '' }) as object,
      passwd: 'root:x:0:0::/root:/bin/sh\n',
      group: 'root:x:0:\n',
      shells: ['/bin/bash', '/usr/bin/zsh', '/bin/sh'],
      canSleep: true,
    });
    const containers = await docker.listContainers();
    expect(containers.filter(({ ImageID }) => ImageID === facts?.id)).toEqual([]);
  });

  it('follows a passwd that is a symlink', async () => {
    const reference = await makeImage([
      link('etc/passwd', '../usr/etc/accounts'),
      file('usr/etc/accounts', 'root:x:0:0::/root:/bin/sh\n'),
    ]);
    const facts = await readImageFacts(docker, reference, await testFolder());
    expect(facts?.passwd).toBe('root:x:0:0::/root:/bin/sh\n');
    expect(facts?.canSleep).toBe(false);
  });

  it('takes an image without accounts, shells or command for what it is', async () => {
    const reference = await makeImage([file('hello', 'x'), link('etc/passwd', '/nowhere')]);
    const facts = await readImageFacts(docker, reference, await testFolder());
    expect(facts).toMatchObject({ passwd: '', group: '', shells: [], user: '', command: [] });
  });

  it('gives nothing for an image that is not there', async () => {
    const folder = await testFolder();
    expect(await readImageFacts(docker, 'devenv-test/nowhere:1', folder)).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });

  it('remembers by image id what it read', async () => {
    const reference = await makeImage([file('etc/passwd', 'a\n')]);
    const folder = await testFolder();
    const first = await readImageFacts(docker, reference, folder);
    const kept = factsFile(folder, first?.id ?? '');
    await writeFile(kept, (await readFile(kept, 'utf8')).replace('a\\n', 'remembered\\n'));
    expect(await readImageFacts(docker, reference, folder)).toMatchObject({
      passwd: 'remembered\n',
    });
  });

  it.each(['{"format":', '{"format":0,"content":{}}', ''])(
    'reads the image again when what it remembers is %j',
    async (rubbish) => {
      const reference = await makeImage([file('etc/passwd', 'a\n')]);
      const folder = await testFolder();
      const first = await readImageFacts(docker, reference, folder);
      await writeFile(factsFile(folder, first?.id ?? ''), rubbish);
      expect(await readImageFacts(docker, reference, folder)).toEqual(first);
    },
  );

  it('reads accounts once for images that stand on the same layer, and again when they change', async () => {
    const folder = await testFolder();
    const below = await makeImage([file('etc/passwd', 'a\n', new Date('2020-02-02'))]);
    await readImageFacts(docker, below, folder);
    const kept = await accountFiles(folder);
    expect(kept).toHaveLength(1);
    await writeFile(kept[0]!, (await readFile(kept[0]!, 'utf8')).replace('a\\n', 'remembered\\n'));

    const alike = await commitWith(below, []);
    expect(await readImageFacts(docker, alike, folder)).toMatchObject({
      passwd: 'remembered\n',
    });
    const changed = await commitWith(below, [file('etc/passwd', 'b\n', new Date('2021-01-01'))]);
    expect(await readImageFacts(docker, changed, folder)).toMatchObject({ passwd: 'b\n' });
    const elsewhere = await makeImage([file('etc/passwd', 'c\n', new Date('2020-02-02'))]);
    expect(await readImageFacts(docker, elsewhere, folder)).toMatchObject({ passwd: 'c\n' });
  });

  it('trusts no date that every file has', async () => {
    const folder = await testFolder();
    const below = await makeImage([file('etc/passwd', 'a\n', new Date(0))]);
    await readImageFacts(docker, below, folder);
    const changed = await commitWith(below, [file('etc/passwd', 'b\n', new Date(0))]);
    expect(await readImageFacts(docker, changed, folder)).toMatchObject({ passwd: 'b\n' });
  });

  it('works where nothing can be remembered', async () => {
    const reference = await makeImage([file('etc/passwd', 'a\n')]);
    const folder = await testFolder({ taken: 'a file where a folder would have to be' });
    expect(await readImageFacts(docker, reference, `${folder}/taken`)).toMatchObject({
      passwd: 'a\n',
    });
  });

  /** An image of one layer more. */
  async function commitWith(reference: string, entries: TarEntry[]): Promise<string> {
    const container = await docker.createProbe(reference, {});
    onTestFinished(() => docker.removeContainer(container));
    await docker.putArchive(container, '/', await packFiles([...entries, file('more', 'x')]));
    const tag = randomUUID();
    const path = `/commit?container=${container}&repo=devenv-test/facts&tag=${tag}`;
    const socketPath = docker.host.replace('unix://', '');
    const [answer] = (await once(
      request({ socketPath, method: 'POST', path }).end(),
      'response',
    )) as [IncomingMessage];
    expect(answer.resume().statusCode).toBe(201);
    onTestFinished(async () => {
      await docker.removeImage(`devenv-test/facts:${tag}`);
    });
    return `devenv-test/facts:${tag}`;
  }

  async function accountFiles(folder: string): Promise<string[]> {
    const accounts = join(folder, 'accounts');
    return (await readdir(accounts)).map((name) => join(accounts, name));
  }

  async function makeImage(entries: TarEntry[], changes: string[] = []): Promise<string> {
    const repository = 'devenv-test/facts';
    const tag = randomUUID();
    const tar = await packFiles([...entries, file('unique', tag)]);
    const said = await text(
      await docker.importImage(Readable.from([tar]), repository, tag, changes),
    );
    expect(said).not.toContain('"error"');
    onTestFinished(async () => {
      await docker.removeImage(`${repository}:${tag}`);
    });
    return `${repository}:${tag}`;
  }
});

function file(path: string, content: string, mtime = new Date()): TarEntry {
  return { path, content, mode: 0o755, uid: 0, gid: 0, mtime };
}

function link(path: string, content: string): TarEntry {
  return { path, content, mode: 0o777, uid: 0, gid: 0, type: 'symlink' };
}
