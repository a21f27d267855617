import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pack, extract, type Header } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { personalFiles } from '../../cli/src/login/personal-files.ts';
import { eventually } from '../support/eventually.ts';
import { processesOf } from '../support/login/leftovers.ts';

const dockerfile = 'FROM debian\nCOPY . /all\n';

/** A uid that nobody has. */
const person = {
  ...{ uid: 59_871, gid: 59_872, name: 'nobody-here', home: '/nonexistent' },
  ...{ platform: 'linux' as const, groups: [] },
};

/** The process that reads has the person's rights, so that it may be anything at all. */
describe.skipIf(process.getuid?.() !== 0)('what a process of the person’s says', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp('/tmp/devenv-hostile-');
    await chmod(folder, 0o755);
  });

  afterEach(() => rm(folder, { recursive: true }));

  /** The files of a build, from a script in the place of devenv. */
  async function filesFrom(script: string) {
    const file = join(folder, 'hostile.sh');
    await writeFile(file, `#!/bin/sh\ncd ${folder}\n${script}\n`, { mode: 0o755 });
    const source = {
      ...{ kind: 'build' as const, dockerfile: '/x/Dockerfile', context: '/x', target: undefined },
      ...{ args: {}, secrets: [], cacheFrom: [], platform: undefined, registry: undefined },
      trustsHost: false,
    };
    // node and its option for memory come first.
    const node = join(folder, 'node');
    await writeFile(node, '#!/bin/sh\nshift\nexec "$@"\n', { mode: 0o755 });
    return personalFiles([node, file], person, source, dockerfile);
  }

  async function packed(script: string) {
    const { tar, dockerfile: name } = await (await filesFrom(script)).packContext([''], () => {});
    return { entries: await entriesOf(tar), name };
  }

  async function packedFrom(entries: [Partial<Header> & { name: string }, string?][]) {
    await writeFile(join(folder, 'context.tar'), await tarOf(entries));
    return packed('cat context.tar');
  }

  it('is a context, behind which comes the Dockerfile that was judged', async () => {
    const { entries, name } = await packedFrom([
      [{ name: 'Dockerfile' }, 'FROM evil'],
      [{ name: 'folder/', type: 'directory' }],
      [{ name: 'folder/a', mode: 0o600, uid: 7 }, 'a'],
      [{ name: 'fifo', type: 'fifo' }],
    ]);
    expect(entries).toEqual([
      ['Dockerfile', 'file', 'FROM evil'],
      ['folder/', 'directory', ''],
      ['folder/a', 'file', 'a'],
      ['.dockerignore', 'file', `.dockerignore\n${name}\n`],
      [name, 'file', dockerfile],
    ]);
  });

  it('does not put another Dockerfile in the place of that one', async () => {
    const { name } = await packedFrom([]);
    const { entries } = await packedFrom([
      [{ name }, 'FROM evil'],
      [{ name: 'here', type: 'symlink', linkname: '.' }],
      [{ name: `here/${name}` }, 'FROM evil'],
      [{ name: '.dockerignore' }, `!${name}`],
    ]);
    expect(entries.slice(-2)).toEqual([
      ['.dockerignore', 'file', `!${name}\n${name}\n`],
      [name, 'file', dockerfile],
    ]);
  });

  it.each<[string, [Partial<Header> & { name: string }, string?][]]>([
    ['a device', [[{ name: 'x', type: 'block-device', devmajor: 8, devminor: 0 }]]],
    ['a path above', [[{ name: '../x' }, 'x']]],
    ['a link to what is outside', [[{ name: 'x', type: 'link', linkname: '/etc/shadow' }]]],
    ['long rules', [[{ name: '.dockerignore' }, 'x'.repeat(1024 ** 2 + 1)]]],
  ])('ends the build: %s', async (_, entries) => {
    await expect(packedFrom(entries)).rejects.toMatchObject({ code: 'build_failed' });
  });

  it.each([
    ['no tar', 'yes | head -c 100000'],
    ['a tar that is cut off', 'head -c 700 context.tar'],
    ['a tar, and then a failure', 'cat context.tar; echo "devenv: no" >&2; exit 1'],
    ['nothing, killed', 'kill -9 $$'],
    ['a very long header', "printf 'x%.0s' $(seq 1024); cat /dev/zero"],
  ])('ends the build: %s', async (_, script) => {
    const tar = await tarOf([[{ name: 'a' }, 'a'.repeat(2000)]]);
    await writeFile(join(folder, 'context.tar'), tar);
    await expect(packed(script)).rejects.toMatchObject({ code: 'build_failed' });
  });

  it('is a hash, and nothing else', async () => {
    const hash = 'ab'.repeat(32);
    expect(await (await filesFrom(`printf ${hash}`)).hashContext([''])).toBe(hash);
    for (const script of ['echo $(id -u)', 'cat /dev/zero', `printf '../${hash}'`, 'exit 0']) {
      const files = await filesFrom(script);
      await expect(files.hashContext([''])).rejects.toMatchObject({ code: 'build_failed' });
    }
  });

  it('is heard as far as it explains a failure', async () => {
    const files = await filesFrom('echo "cannot read a" >&2; exit 1');
    await expect(files.hashContext([''])).rejects.toMatchObject({ details: ['cannot read a'] });
  });

  it('comes from one that has no rights, no files and no variables of ours', async () => {
    process.env.DEVENV_TEST_SECRET = 'root-knows';
    const facts = 'id -u; id -g; id -G; pwd; env; for f in /proc/self/fd/*; do readlink $f; done';
    const files = await filesFrom(`cd /; (${facts}) >&2; exit 1`);
    const failure = (await files.hashContext(['']).catch((error: unknown) => error)) as {
      details: string[];
    };
    delete process.env.DEVENV_TEST_SECRET;
    const { details } = failure;
    expect(details.slice(0, 3)).toEqual(['59871', '59872', '59872']);
    expect(details.join('\n')).not.toContain('root-knows');
    const open = details.filter((line) => /^(\/|socket:|pipe:)/.test(line));
    const names = open.filter((line) => !/^(\/|\/proc\/.*|\/tmp\/devenv-hostile-.*)$/.test(line));
    // What a Node process gives its child as streams.
    for (const name of names) expect(name).toMatch(/^(socket|pipe):/);
    expect(names.length).toBeLessThanOrEqual(4);
  });

  it.each([
    [
      'goes on after it has said what is no tar',
      'head -c 100000 /dev/zero | tr "\\0" x; sleep 87654',
    ],
    ['says nothing', 'sleep 87654'],
    ['has others that go on', 'sleep 87654 & sleep 87654'],
  ])('is waited for no longer than it is of use, where it %s', async (_, script) => {
    const { tar } = await (await filesFrom(`exec 0<&-; ${script}`)).packContext([''], () => {});
    if (script.startsWith('head')) {
      await expect(buffer(tar)).rejects.toMatchObject({ code: 'build_failed' });
    }
    tar.destroy();
    await eventually(
      () => processesOf([person.uid]),
      (left) => left.length === 0,
    );
  });
});

async function tarOf(entries: [Partial<Header> & { name: string }, string?][]): Promise<Buffer> {
  const tar = pack();
  for (const [header, content] of entries) {
    if (content === undefined) tar.entry(header);
    else tar.entry(header, content);
  }
  tar.finalize();
  return buffer(tar);
}

async function entriesOf(tar: Readable): Promise<[string, string, string][]> {
  const entries: [string, string, string][] = [];
  const reader = extract();
  tar.on('error', (error) => reader.destroy(error)).pipe(reader);
  for await (const entry of reader) {
    const content = (await buffer(entry)).toString();
    entries.push([entry.header.name, entry.header.type ?? '', content]);
  }
  return entries;
}
