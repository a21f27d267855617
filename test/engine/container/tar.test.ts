import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract, pack, type Header } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { packFiles, readEntries, readFileFromTar } from '../../../cli/src/engine/container/tar.ts';

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

describe('readEntries', () => {
  it('gives files, folders and links, in their order', async () => {
    const source = pack();
    const mtime = new Date(1_600_000_000_000);
    source.entry({ name: 'skel/', type: 'directory', mode: 0o755, uid: 0, gid: 0 });
    source.entry({ name: 'skel/.bashrc', mode: 0o600, uid: 3, gid: 4, mtime }, 'x'.repeat(70_000));
    source.entry({ name: 'skel/.same', type: 'link', linkname: 'skel/.bashrc' });
    source.entry({ name: 'skel/.link', type: 'symlink', linkname: 'skel/.bashrc' });
    source.entry({ name: 'skel/fifo', type: 'fifo' });
    source.entry({ name: `skel/${long}` }, 'deep');
    source.finalize();

    const entries = await readEntries(Readable.from(source));
    expect(entries.map(({ path, type, content }) => [path, type, content?.toString()])).toEqual([
      ['skel/', 'directory', ''],
      ['skel/.bashrc', 'file', 'x'.repeat(70_000)],
      ['skel/.same', 'link', 'skel/.bashrc'],
      ['skel/.link', 'symlink', 'skel/.bashrc'],
      [`skel/${long}`, 'file', 'deep'],
    ]);
    expect(entries[1]).toMatchObject({ mode: 0o600, uid: 3, gid: 4, mtime });
    const again = await list(Readable.from([await packFiles(entries)]));
    expect(again.map(({ name, type, linkname }) => [name, type, linkname])).toEqual([
      ['skel', 'directory', null],
      ['skel/.bashrc', 'file', null],
      ['skel/.same', 'link', 'skel/.bashrc'],
      ['skel/.link', 'symlink', 'skel/.bashrc'],
      [`skel/${long}`, 'file', null],
    ]);
    expect(again[1]?.mtime).toEqual(mtime);
  });

  it('passes a failure of its source on', async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.alloc(10);
        throw new Error('the engine went away');
      })(),
    );
    await expect(readEntries(broken)).rejects.toThrow('the engine went away');
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
