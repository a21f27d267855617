import { chmod, mkdir, rename, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import type { Docker } from '../../../cli/src/engine/docker.ts';
import type { BuildSource } from '../../../cli/src/engine/image/build-files.ts';
import { hashImageInputs } from '../../../cli/src/engine/image/inputs.ts';
import { packFiles } from '../../../cli/src/engine/container/tar.ts';
import { describeWithEngine, testEngine } from '../../support/engine.ts';
import { plainImage } from '../../support/images.ts';
import { testFolder } from '../../support/temp-folder.ts';
import { buildSource } from '../../support/build-source.ts';

describeWithEngine('hashImageInputs', () => {
  let docker: Docker;
  let base: string;

  beforeAll(async () => {
    docker = testEngine();
    base = await plainImage(docker);
  });

  type Change = (folder: string) => Promise<unknown>;

  it.each<[string, Change]>([
    [
      'the Dockerfile',
      (folder) => writeFile(join(folder, 'Dockerfile'), `FROM ${base}\nCOPY src /\nRUN true`),
    ],
    ['a copied file', (folder) => writeFile(join(folder, 'src/a'), 'b')],
    ['the mode of a copied file', (folder) => chmod(join(folder, 'src/a'), 0o755)],
    ['the name of a copied file', (folder) => rename(join(folder, 'src/a'), join(folder, 'src/b'))],
    [
      'where a copied link points',
      async (folder) => {
        await unlink(join(folder, 'src/link'));
        await symlink('elsewhere', join(folder, 'src/link'));
      },
    ],
    ['a pipe', async (folder) => execFileSync('mkfifo', [join(folder, 'src/pipe')])],
    ['an empty folder', (folder) => mkdir(join(folder, 'src/empty'))],
    ['a removed file', (folder) => rm(join(folder, 'src/a'))],
    [
      '.dockerignore, where it concerns what is copied',
      (folder) => writeFile(join(folder, '.dockerignore'), 'src/a'),
    ],
  ])('changes with %s', async (_, change) => {
    const folder = await project();
    const before = await hash(folder);
    await change(folder);
    expect((await hash(folder)).full).not.toBe(before.full);
  });

  it.each<[string, Change]>([
    ['a file that is not copied', (folder) => writeFile(join(folder, 'README'), 'other')],
    ['an ignored file', (folder) => writeFile(join(folder, 'src/ignored.log'), 'other')],
    ['a time stamp', (folder) => utimes(join(folder, 'src/a'), 1, 1)],
    [
      'a socket, which is never copied',
      async (folder) => {
        const server = createServer().listen(join(folder, 'src/socket'));
        await once(server, 'listening');
        onTestFinished(() => void server.close());
      },
    ],
  ])('does not change with %s', async (_, change) => {
    const folder = await project();
    const before = await hash(folder);
    await change(folder);
    expect(await hash(folder)).toEqual(before);
  });

  it('changes with the values of arguments the Dockerfile declares, and no others', async () => {
    const folder = await testFolder({ Dockerfile: `FROM ${base}\nARG A=1` });
    const plain = await hash(folder);
    expect((await hash(folder, { args: { A: '2' } })).full).not.toBe(plain.full);
    expect((await hash(folder, { args: { A: '' } })).full).not.toBe(plain.full);
    expect((await hash(folder, { args: { OTHER: '2' } })).full).toBe(plain.full);
    expect((await hash(folder, { platform: 'linux/amd64' })).full).not.toBe(plain.full);
  });

  it('changes with the target', async () => {
    const folder = await testFolder({ Dockerfile: `FROM ${base} AS a\nFROM ${base} AS b` });
    const [one, other] = [await hash(folder, { target: 'a' }), await hash(folder, { target: 'b' })];
    expect(one.full).not.toBe(other.full);
  });

  it('keeps the definition while only copied files change', async () => {
    const folder = await project();
    const before = await hash(folder);
    await writeFile(join(folder, 'src/a'), 'b');
    expect((await hash(folder)).definition).toBe(before.definition);
  });

  it('changes with the base image', async () => {
    const folder = await testFolder({ Dockerfile: 'FROM devenv-test/inputs:base' });
    await importBase('one');
    const before = await hash(folder);
    await importBase('two');
    expect((await hash(folder)).full).not.toBe(before.full);
  });

  it('takes all of the context where the base image copies it with ONBUILD', async () => {
    const folder = await testFolder({ Dockerfile: 'FROM devenv-test/inputs:base', any: 'a' });
    await importBase('onbuild', ['ONBUILD COPY . /app']);
    const before = await hash(folder);
    expect(before.sources).toEqual(['']);
    await writeFile(join(folder, 'any'), 'b');
    expect((await hash(folder)).full).not.toBe(before.full);
  });

  it('follows the content behind a link that is itself the source', async () => {
    const folder = await testFolder({ Dockerfile: `FROM ${base}\nCOPY link /`, 'real/a': 'a' });
    await symlink('real', join(folder, 'link'));
    const before = await hash(folder);
    await writeFile(join(folder, 'real/a'), 'b');
    expect((await hash(folder)).full).not.toBe(before.full);
  });

  it('never looks into the context of a Dockerfile that copies nothing', async () => {
    const folder = await testFolder({ Dockerfile: `FROM ${base}\nRUN true` });
    const { full } = await hash(folder, { context: '/' });
    expect(full).toBe((await hash(folder)).full);
  }, 5_000);

  it('leaves it to the build to complain about what cannot be copied', async () => {
    const folder = await testFolder({ Dockerfile: `FROM ${base}\nCOPY nothing /` });
    expect((await hash(folder)).full).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, Change]>([
    ['is not there', (folder) => rm(join(folder, 'Dockerfile'))],
    [
      'is a folder',
      async (folder) => {
        await rm(join(folder, 'Dockerfile'));
        await mkdir(join(folder, 'Dockerfile'));
      },
    ],
    [
      'is a pipe',
      async (folder) => {
        await rm(join(folder, 'Dockerfile'));
        execFileSync('mkfifo', [join(folder, 'Dockerfile')]);
      },
    ],
  ])('says so when the Dockerfile %s', async (_, change) => {
    const folder = await project();
    await change(folder);
    await expect(hash(folder)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining(join(folder, 'Dockerfile')) as string,
      hint: expect.stringContaining('build.dockerfile') as string,
    });
  });

  it('says so when the context is not there', async () => {
    const folder = await project();
    await expect(hash(folder, { context: join(folder, 'nowhere') })).rejects.toMatchObject({
      code: 'config_invalid',
      hint: expect.stringContaining('build.context') as string,
    });
  });

  async function project(): Promise<string> {
    const folder = await testFolder({
      Dockerfile: `FROM ${base}\nCOPY src /`,
      '.dockerignore': '**/*.log',
      README: '',
      'src/a': 'a',
      'src/ignored.log': '',
    });
    await symlink('nowhere', join(folder, 'src/link'));
    return folder;
  }

  function hash(folder: string, changes: Partial<BuildSource> = {}) {
    const source = buildSource(folder, changes);
    return hashImageInputs(source, docker);
  }

  async function importBase(content: string, changes: string[] = []): Promise<void> {
    const tar = await packFiles([{ path: 'file', content, mode: 0o644, uid: 0, gid: 0 }]);
    const answer = await docker.importImage(
      Readable.from([tar]),
      'devenv-test/inputs',
      'base',
      changes,
    );
    expect(await text(answer)).not.toContain('"error"');
    const id = (await docker.inspectImage('devenv-test/inputs:base'))?.Id ?? '';
    onTestFinished(async () => void (await docker.removeImage(id)));
  }
});
