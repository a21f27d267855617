import { execFile, execFileSync } from 'node:child_process';
import { appendFileSync, rmSync, truncateSync } from 'node:fs';
import { chmod, link, mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { describe, expect, it, onTestFinished } from 'vitest';
import { packContext } from '../../../cli/src/engine/image/build-context.ts';
import { readTar, type TarEntry } from '../../support/docker-context.ts';
import { longestBlock } from '../../support/longest-block.ts';
import { testFolder, type Files } from '../../support/temp-folder.ts';

describe('packContext', () => {
  it('sends files, folders and links as they are, owned by root, each folder before its files', async () => {
    const folder = await testFolder({ Dockerfile: 'FROM x', 'a/run.sh': 'run', 'ä/ß.txt': 'ü' });
    await mkdir(join(folder, 'empty'));
    await chmod(join(folder, 'a'), 0o2750);
    await symlink('../nowhere/ä', join(folder, 'a/link'));
    await mkdir(join(folder, 'deep/'.repeat(60)), { recursive: true });
    const { entries, dockerfile } = await pack(folder);
    expect(dockerfile).toBe('Dockerfile');
    expect(entries.slice(0, 5).map(({ name }) => name)).toEqual([
      'Dockerfile',
      'a/',
      'a/link',
      'a/run.sh',
      'deep/',
    ]);
    expect(find(entries, 'a/')).toMatchObject({ type: 'directory', mode: 0o2750, uid: 0, gid: 0 });
    expect(find(entries, 'a/run.sh')).toMatchObject({ type: 'file', mode: 0o755, content: 'run' });
    expect(find(entries, 'a/link')).toMatchObject({ type: 'symlink', linkname: '../nowhere/ä' });
    expect(find(entries, 'ä/ß.txt')).toMatchObject({ content: 'ü' });
    expect(find(entries, 'empty/')).toMatchObject({ type: 'directory' });
    expect(find(entries, 'deep/'.repeat(60))).toBeDefined();
  });

  it.each<[string, string[], string[]]>([
    ['a folder', ['node_modules'], ['.dockerignore', 'keep.md', 'src/', 'src/a.log', 'src/b.ts']],
    [
      'a pattern at any depth',
      ['**/*.log', 'node_modules'],
      ['.dockerignore', 'keep.md', 'src/', 'src/b.ts'],
    ],
    ['everything but exceptions', ['*', '!src', 'src/*.log'], ['src/', 'src/b.ts']],
    [
      'an exception inside an ignored folder',
      ['src', '!src/b.ts', 'node_modules'],
      ['.dockerignore', 'keep.md', 'src/b.ts'],
    ],
    ['the last rule that fits', ['!src/b.ts', '*'], []],
    [
      'only whole lines as comments',
      ['#src', ' # not a comment', 'src', 'node_modules'],
      ['.dockerignore', 'keep.md'],
    ],
    [
      'case, which matters',
      ['SRC', 'node_modules'],
      ['.dockerignore', 'keep.md', 'src/', 'src/a.log', 'src/b.ts'],
    ],
  ])('leaves out what .dockerignore says: %s', async (_, rules, rest) => {
    const folder = await testFolder({
      Dockerfile: 'FROM x',
      '.dockerignore': rules.join('\n'),
      'keep.md': '',
      'src/a.log': '',
      'src/b.ts': '',
      'node_modules/x/index.js': '',
    });
    const { entries } = await pack(folder);
    const names = entries.map(({ name }) => name);
    // The engine needs these two whatever the rules say, and drops them itself where told to.
    expect(names.slice(0, 2)).toEqual(['Dockerfile', '.dockerignore']);
    expect(names.slice(2)).toEqual(rest.filter((name) => name !== '.dockerignore'));
  });

  it('says which line of .dockerignore is no pattern', async () => {
    const folder = await testFolder({ Dockerfile: 'FROM x', '.dockerignore': 'a\n[b\n' });
    await expect(pack(folder)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/\.dockerignore:2: "\[b"/) as string,
    });
  });

  it('sends only what the Dockerfile copies', async () => {
    const files = {
      Dockerfile: 'FROM x',
      'package.json': '',
      'package-lock.json': '',
      'a/b/c': '',
      'a/d': '',
    };
    const folder = await testFolder(files);
    const { entries } = await pack(folder, { sources: ['a/b', 'package*.json'] });
    expect(entries.map(({ name }) => name)).toEqual([
      'Dockerfile',
      'a/b/',
      'a/b/c',
      'package-lock.json',
      'package.json',
    ]);
    expect((await pack(folder, { sources: [] })).entries).toHaveLength(1);
  });

  it('sends everything where a wanted source is a link, which may lead anywhere', async () => {
    const folder = await testFolder({ Dockerfile: 'FROM x', 'real/file': '' });
    await symlink('real', join(folder, 'link'));
    const { entries } = await pack(folder, { sources: ['link/file'] });
    expect(entries.map(({ name }) => name)).toEqual(['Dockerfile', 'link', 'real/', 'real/file']);
  });

  it('leaves out sockets, but not pipes', async () => {
    const folder = await testFolder({ Dockerfile: 'FROM x', file: '' });
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const server = createServer().listen(join(folder, 'socket'));
    onTestFinished(() => void server.close());
    const { entries } = await pack(folder);
    expect(entries.map(({ name }) => name)).toEqual(['Dockerfile', 'file', 'pipe']);
    expect(find(entries, 'pipe')).toMatchObject({ type: 'fifo', size: 0 });
  });

  it('sends a file with several names once, and links for the others', async () => {
    const folder = await testFolder({ Dockerfile: 'FROM x', 'a/one': 'content' });
    await link(join(folder, 'a/one'), join(folder, 'b'));
    const { entries } = await pack(folder);
    expect(find(entries, 'a/one')).toMatchObject({ type: 'file', content: 'content' });
    expect(find(entries, 'b')).toMatchObject({ type: 'link', linkname: 'a/one', content: '' });
    // Where the first name is left out, the second has the content.
    const { entries: rest } = await pack(folder, { sources: ['b'] });
    expect(find(rest, 'b')).toMatchObject({ type: 'file', content: 'content' });
  });

  it('says that a name is not UTF-8, and how to go on', async () => {
    const folder = await testFolder({ Dockerfile: 'FROM x' });
    await writeFile(Buffer.from(`${folder}/caf\xe9`, 'latin1'), '');
    await expect(pack(folder)).rejects.toMatchObject({
      code: 'build_failed',
      message: expect.stringContaining('is not UTF-8') as string,
      hint: expect.stringContaining('.dockerignore') as string,
    });
    await writeFile(join(folder, '.dockerignore'), 'caf*');
    expect((await pack(folder)).entries).toHaveLength(2);
  });

  it('sends a Dockerfile from elsewhere under a name that COPY does not see', async () => {
    const folder = await testFolder({ 'context/file': '', 'other/Dockerfile': 'FROM elsewhere' });
    const { entries, dockerfile } = await pack(join(folder, 'context'), {
      dockerfile: join(folder, 'other/Dockerfile'),
    });
    expect(find(entries, dockerfile)).toMatchObject({ content: 'FROM elsewhere' });
    expect(dockerfile).toMatch(/^\.dockerfile\.[0-9a-f]{20}$/);
    expect(find(entries, '.dockerignore')?.content).toBe(`.dockerignore\n${dockerfile}\n`);
    expect(entries.map(({ name }) => name)).toContain('file');
  });

  it('sends a Dockerfile that is a link with what it points to', async () => {
    const folder = await testFolder({ 'docker/base': 'FROM real' });
    await symlink('docker/base', join(folder, 'Dockerfile'));
    const { entries, dockerfile } = await pack(folder);
    expect(find(entries, dockerfile)).toMatchObject({ type: 'file', content: 'FROM real' });
  });

  it('keeps the rules of the context that COPY would bring, beside rules of the Dockerfile', async () => {
    const folder = await testFolder({
      Dockerfile: 'FROM x',
      'Dockerfile.dockerignore': 'secret',
      '.dockerignore': 'other',
      secret: '',
      other: '',
    });
    const { entries, dockerfile } = await pack(folder);
    expect(find(entries, '.dockerignore')?.content).toBe(`other\n${dockerfile}\n`);
    expect(entries.map(({ name }) => name)).toEqual([
      dockerfile,
      '.dockerignore',
      'Dockerfile',
      'Dockerfile.dockerignore',
      'other',
    ]);
  });

  it('goes on when a file vanishes after it was listed', async () => {
    const folder = await testFolder({ Dockerfile: 'FROM x', ...many(300), 'zz/last': '' });
    const context = await open(folder);
    context.tar.once('data', () => rmSync(join(folder, 'zz'), { recursive: true }));
    const entries = await readTar(context.tar);
    expect(entries.map(({ name }) => name)).not.toContain('zz/last');
    expect(entries.length).toBeGreaterThan(300);
  });

  it('fails when a large file shrinks while it is sent', async () => {
    const folder = await testFolder({ Dockerfile: 'FROM x' });
    await writeFile(join(folder, 'large'), Buffer.alloc(16 * 1024 * 1024));
    const context = await open(folder);
    let bytes = 0;
    context.tar.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > 1024 * 1024) truncateSync(join(folder, 'large'), 1024 * 1024);
    });
    await expect(readTar(context.tar)).rejects.toMatchObject({
      code: 'build_failed',
      message: expect.stringContaining('changed while it was being sent') as string,
    });
  });

  it('sends as much of a growing file as there was when it was opened', async () => {
    const folder = await testFolder({ Dockerfile: 'FROM x', last: 'last' });
    const size = 4 * 1024 * 1024;
    await writeFile(join(folder, 'growing'), Buffer.alloc(size));
    const context = await open(folder);
    context.tar.on('data', () => appendFileSync(join(folder, 'growing'), Buffer.alloc(64 * 1024)));
    const entries = await readTar(context.tar);
    const sent = find(entries, 'growing');
    expect(sent?.size).toBeGreaterThanOrEqual(size);
    expect(sent?.content).toHaveLength(sent?.size ?? 0);
    expect(find(entries, 'last')?.content).toBe('last');
  });

  it('lets other work go on while thousands of files are sent', async () => {
    const folder = await testFolder({ Dockerfile: 'FROM x', ...many(4000) });
    const { longest, total } = await longestBlock(() => pack(folder));
    expect(longest).toBeLessThan(total / 2);
  });

  it('takes no more memory for 2 GB than for nothing', async () => {
    const folder = await testFolder({ Dockerfile: 'FROM x', 'a/small': 'small' });
    for (const name of ['b', 'c']) {
      await writeFile(join(folder, name), '');
      await truncate(join(folder, name), 1024 ** 3);
    }
    const { stdout } = await promisify(execFile)(process.execPath, [await drainer(folder), folder]);
    const { bytes, growth } = JSON.parse(stdout) as { bytes: number; growth: number };
    expect(bytes).toBeGreaterThan(2 * 1024 ** 3);
    expect(growth).toBeLessThan(100 * 1024 ** 2);
  });
});

/** A program that drains the context of a folder: memory can be measured only of a whole process. */
async function drainer(folder: string): Promise<string> {
  const program = join(folder, '..', `${basename(folder)}-drain.cjs`);
  onTestFinished(() => rmSync(program));
  await build({
    stdin: { contents: drainSource, resolveDir: import.meta.dirname },
    bundle: true,
    platform: 'node',
    outfile: program,
  });
  return program;
}

const drainSource = `
import { packContext } from '../../../cli/src/engine/image/build-context.ts';
const [context] = process.argv.slice(2);
(async () => {
  const { tar } = await packContext({
    context,
    dockerfile: context + '/Dockerfile',
    sources: [''],
    onSent: () => undefined,
  });
  const before = process.memoryUsage.rss();
  let bytes = 0;
  let most = 0;
  for await (const chunk of tar) {
    bytes += chunk.length;
    most = Math.max(most, process.memoryUsage.rss());
  }
  console.log(JSON.stringify({ bytes, growth: most - before }));
})();
`;

type Entry = TarEntry;

interface Options {
  sources?: string[];
  dockerfile?: string;
}

async function pack(
  context: string,
  options: Options = {},
): Promise<{ entries: Entry[]; dockerfile: string }> {
  const { tar, dockerfile } = await open(context, options);
  return { entries: await readTar(tar), dockerfile };
}

function open(context: string, { sources = [''], dockerfile }: Options = {}) {
  return packContext({
    dockerfile: dockerfile ?? join(context, 'Dockerfile'),
    context,
    sources,
    onSent: () => undefined,
  });
}

function find(entries: Entry[], name: string): Entry | undefined {
  return entries.find((entry) => entry.name === name);
}

function many(count: number): Files {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`f/${index}`, 'x'.repeat(1000)]),
  );
}
