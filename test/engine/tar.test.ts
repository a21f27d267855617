import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract, pack, type Header } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { packFiles, readFileFromTar, rewriteOwner } from '../../cli/src/engine/tar.ts';

const long = `etc/${'deep/'.repeat(40)}file-é.txt`;

describe('packFiles', () => {
  it('keeps order, owner, mode, type and long non-ASCII names', async () => {
    const tar = await packFiles([
      { path: 'home/me', mode: 0o700, uid: 1000, gid: 1001, type: 'directory' },
      { path: long, content: 'text', mode: 0o640, uid: 0, gid: 0 },
      { path: 'empty', mode: 0o644, uid: 1, gid: 2 },
      { path: 'link', content: '/somewhere', mode: 0o777, uid: 5, gid: 6, type: 'symlink' },
    ]);
    const entries = await list(Readable.from([tar]));
    expect(
      entries.map(({ name, type, mode, uid, gid }) => ({ name, type, mode, uid, gid })),
    ).toEqual(
      [
        { name: 'home/me/', type: 'directory', mode: 0o700, uid: 1000, gid: 1001 },
        { name: long, type: 'file', mode: 0o640, uid: 0, gid: 0 },
        { name: 'empty', type: 'file', mode: 0o644, uid: 1, gid: 2 },
        { name: 'link', type: 'symlink', mode: 0o777, uid: 5, gid: 6 },
      ].map((entry) => ({ ...entry, name: entry.name.replace(/\/$/, '') })),
    );
    expect(entries[1]?.content).toBe('text');
    expect(entries[3]?.linkname).toBe('/somewhere');
  });
});

describe('readFileFromTar', () => {
  it('gives the bytes of the file', async () => {
    const content = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256));
    const tar = await packFiles([{ path: 'passwd', content, mode: 0o644, uid: 0, gid: 0 }]);
    expect(await readFileFromTar(Readable.from([tar]))).toEqual(content);
  });

  it('gives nothing for a symlink', async () => {
    const tar = await packFiles([
      { path: 'passwd', content: '/x', mode: 0o777, uid: 0, gid: 0, type: 'symlink' },
    ]);
    expect(await readFileFromTar(Readable.from([tar]))).toBeUndefined();
  });

  it('fails on a tar that was cut off', async () => {
    const tar = await packFiles([
      { path: 'passwd', content: 'x'.repeat(5000), mode: 0o644, uid: 0, gid: 0 },
    ]);
    await expect(readFileFromTar(Readable.from([tar.subarray(0, 1500)]))).rejects.toThrow();
  });
});

describe('rewriteOwner', () => {
  it('changes every owner and the first component of every path and hard link', async () => {
    const source = pack();
    source.entry({ name: 'skel/', type: 'directory', mode: 0o755, uid: 0, gid: 0, uname: 'root' });
    source.entry({ name: 'skel/.bashrc', uid: 0, gid: 0, uname: 'root' }, 'x'.repeat(70_000));
    source.entry({ name: 'skel/.same', type: 'link', linkname: 'skel/.bashrc' });
    source.entry({ name: 'skel/.link', type: 'symlink', linkname: 'skel/.bashrc' });
    source.entry({ name: `skel/${long}`, uid: 0, gid: 0 }, 'deep');
    source.finalize();

    const entries = await list(
      rewriteOwner(Readable.from(source), { uid: 1000, gid: 1001, newRoot: 'me' }),
    );
    expect(entries.map(({ name, linkname, uid, gid }) => [name, linkname, uid, gid])).toEqual([
      ['me', null, 1000, 1001],
      ['me/.bashrc', null, 1000, 1001],
      ['me/.same', 'me/.bashrc', 1000, 1001],
      ['me/.link', 'skel/.bashrc', 1000, 1001],
      [`me/${long}`, null, 1000, 1001],
    ]);
    expect(entries.every(({ uname }) => uname === '')).toBe(true);
    expect(entries[1]?.content).toHaveLength(70_000);
  });

  it('passes a failure of its source on', async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.alloc(10);
        throw new Error('the engine went away');
      })(),
    );
    await expect(buffer(rewriteOwner(broken, { uid: 1, gid: 1, newRoot: 'x' }))).rejects.toThrow(
      'the engine went away',
    );
  });
});

async function list(tar: Readable): Promise<(Header & { content: string })[]> {
  const entries: (Header & { content: string })[] = [];
  const parser = extract();
  tar.on('error', (error) => parser.destroy(error));
  for await (const entry of tar.pipe(parser)) {
    const content = await buffer(entry);
    const name = entry.header.name.replace(/\/$/, '');
    entries.push({ ...entry.header, name, content: content.toString() });
  }
  return entries;
}
