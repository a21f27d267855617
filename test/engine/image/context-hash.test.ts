import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { hashContext } from '../../../cli/src/engine/image/context-hash.ts';
import { cpuTime } from '../../config/cpu-time.ts';
import { longestBlock } from '../../support/longest-block.ts';
import { testFolder, writeFiles, type Files } from '../../support/temp-folder.ts';

describe('hashContext', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('gives the same with and without what it remembers', async () => {
    const { hash, cache, context } = await agedProject({ 'a/b': 'b', c: 'c', 'odd\nname': 'd' });
    const first = await hash();
    expect(await linesOf(cache)).toEqual(['Dockerfile', 'a/b', 'c']);
    expect(await hash()).toBe(first);
    expect(await hashContext(sourceIn(context), [''])).toBe(first);
  });

  it('is the same for two clones of a shared build, whatever their umask', async () => {
    const hashes = async (mode: number): Promise<string[]> => {
      const { context } = await agedProject({ a: 'a', run: 'b' });
      await chmod(join(context, 'a'), mode);
      await chmod(join(context, 'run'), mode | 0o100);
      const own = sourceIn(context);
      const shared = { ...own, registry: 'localhost:5000/x' };
      return [await hashContext(shared, ['a', 'run']), await hashContext(own, ['a', 'run'])];
    };
    const [shared, own] = await hashes(0o644);
    const [sharedToo, ownToo] = await hashes(0o664);
    expect(sharedToo).toBe(shared);
    expect(ownToo).not.toBe(own);
  });

  it('does not read again what has not changed', async () => {
    const { hash, cache } = await agedProject({ a: 'a' });
    const first = await hash();
    const file = await cacheFileIn(cache);
    // A hash that no reading would give.
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/[0-9a-f]{64}(?=\ta\n)/, '0'.repeat(64)));
    expect(await hash()).not.toBe(first);
    await rm(file);
    expect(await hash()).toBe(first);
  });

  it('does not write the cache again where nothing changed', async () => {
    const { hash, cache } = await agedProject({ a: 'a' });
    await hash();
    const { ino } = await stat(await cacheFileIn(cache));
    await hash();
    expect((await stat(await cacheFileIn(cache))).ino).toBe(ino);
    expect(await readdir(join(cache, 'contexts'))).toHaveLength(1);
  });

  it('notices another content of the same size, also with the old time stamp', async () => {
    const { hash, context } = await agedProject({ a: 'one' });
    await utimes(join(context, 'a'), 1, 1);
    const first = await hash();
    await writeFile(join(context, 'a'), 'two');
    await utimes(join(context, 'a'), 1, 1);
    expect(await hash()).not.toBe(first);
  });

  it('notices a file that takes the place of another with the same size and time stamp', async () => {
    const { hash, context } = await agedProject({ a: 'one', 'left-out': 'two' });
    await utimes(join(context, 'a'), 1, 1);
    await utimes(join(context, 'left-out'), 1, 1);
    const first = await hash(['a']);
    await rename(join(context, 'left-out'), join(context, 'a'));
    expect(await hash(['a'])).not.toBe(first);
  });

  it('does not trust what was written just before: it can change and look the same', async () => {
    const { hash, cache, context } = await agedProject({ a: 'a' });
    const { ctimeMs } = await stat(join(context, 'a'));
    vi.mocked(Date.now).mockReturnValue(ctimeMs + 1999);
    await hash(['a']);
    expect(existsSync(join(cache, 'contexts'))).toBe(false);
    vi.mocked(Date.now).mockReturnValue(ctimeMs + 2001);
    await hash(['a']);
    expect(await linesOf(cache)).toEqual(['a']);
  });

  it('does not trust a time stamp of the future', async () => {
    const { hash, cache, context } = await agedProject({ a: 'a' });
    const future = Date.now() / 1000 + 3600;
    await utimes(join(context, 'a'), future, future);
    await hash();
    expect(await linesOf(cache)).toEqual(['Dockerfile']);
  });

  it('forgets files that are gone', async () => {
    const { hash, cache, context } = await agedProject({ a: 'a', b: 'b' });
    await hash();
    await rm(join(context, 'b'));
    await hash();
    expect(await linesOf(cache)).toEqual(['Dockerfile', 'a']);
  });

  it.each<[string, (file: string) => Promise<unknown>]>([
    ['is gone', (file) => rm(file)],
    ['is empty', (file) => writeFile(file, '')],
    ['is cut off', async (file) => writeFile(file, (await readFile(file, 'utf8')).slice(0, -9))],
    ['is of another format', async (file) => writeFile(file, `x${await readFile(file, 'utf8')}`)],
    [
      'is a folder',
      async (file) => {
        await rm(file);
        await mkdir(file);
      },
    ],
  ])('gives the same where the cache %s', async (_, damage) => {
    const { hash, cache } = await agedProject({ a: 'a', b: 'b' });
    const first = await hash();
    await damage(await cacheFileIn(cache));
    expect(await hash()).toBe(first);
  });

  it('gives the same where the cache cannot be written', async () => {
    const { context } = await agedProject({ a: 'a' });
    const nowhere = join(context, 'a');
    const plain = await hashContext(sourceIn(context), ['']);
    expect(await hashContext(sourceIn(context), [''], nowhere)).toBe(plain);
  });

  it('keeps apart what different Dockerfiles take from one context', async () => {
    const { hash, cache, context } = await agedProject({ a: 'a', Other: 'FROM x' });
    await hash();
    await hashContext({ context, dockerfile: join(context, 'Other') }, ['a'], cache);
    expect(await readdir(join(cache, 'contexts'))).toHaveLength(2);
  });

  it('takes a fraction of a second for 50,000 files that have not changed', async () => {
    const { context, hash } = await agedProject({});
    for (let folder = 0; folder < 500; folder++) {
      mkdirSync(join(context, `${folder}`));
      for (let file = 0; file < 100; file++) writeFileSync(join(context, `${folder}/${file}`), 'x');
    }
    const first = await hash();
    const times: number[] = [];
    for (let time = 0; time < 3; time++) {
      times.push(await cpuTime(async () => expect(await hash()).toBe(first)));
    }
    expect(Math.min(...times)).toBeLessThan(1000);
  });

  it('lets other work go on meanwhile', async () => {
    const files = Array.from({ length: 5000 }, (_, index) => [`${index % 50}/${index}`, 'x']);
    const context = await testFolder({ Dockerfile: '', ...Object.fromEntries(files) } as Files);
    const { longest, total } = await longestBlock(() => hashContext(sourceIn(context), ['']));
    expect(longest).toBeLessThan(total / 2);
  });
});

/** A project whose files are old enough to be remembered: for the test, it is an hour later. */
async function agedProject(files: Files) {
  const folder = await testFolder();
  const [context, cache] = [join(folder, 'context'), join(folder, 'cache')];
  await writeFiles(context, { Dockerfile: 'FROM x', ...files });
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
  const hash = (sources = ['']): Promise<string> => hashContext(sourceIn(context), sources, cache);
  return { context, cache, hash };
}

function sourceIn(context: string) {
  return { context, dockerfile: join(context, 'Dockerfile') };
}

async function cacheFileIn(cache: string): Promise<string> {
  const [name = ''] = await readdir(join(cache, 'contexts'));
  return join(cache, 'contexts', name);
}

/** The paths that are remembered. */
async function linesOf(cache: string): Promise<string[]> {
  const lines = (await readFile(await cacheFileIn(cache), 'utf8')).split('\n').slice(2, -2);
  return lines.map((line) => line.split('\t')[2] ?? '').sort();
}
