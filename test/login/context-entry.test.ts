import { posix } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { contextEntry } from '../../cli/src/login/context-entry.ts';

it.each([
  ['a file', { name: 'a/b', mode: 0o755, size: 3 }, { name: 'a/b', mode: 0o755, size: 3 }],
  ['a folder', { name: 'a/', type: 'directory' }, { name: 'a/', type: 'directory' }],
  ['a folder without a slash', { name: 'a', type: 'directory' }, { name: 'a/' }],
  ['a link out', { name: 'a', type: 'symlink', linkname: '/etc' }, { linkname: '/etc' }],
  ['another name', { name: 'a', type: 'link', linkname: 'b/c' }, { type: 'link', linkname: 'b/c' }],
  ['a dot', { name: '.env' }, { name: '.env' }],
  ['dots', { name: '..a/...' }, { name: '..a/...' }],
] as const)('takes %s', (_, header, expected) => {
  expect(contextEntry(header)).toMatchObject({ header: { uid: 0, gid: 0, ...expected } });
});

it.each([
  ['one that is absolute', { name: '/etc/passwd' }],
  ['one above', { name: '../x' }],
  ['one above in the middle', { name: 'a/../../x' }],
  ['one that is not normal', { name: 'a//b' }],
  ['one with a dot', { name: './a' }],
  ['the context itself', { name: '.', type: 'directory' }],
  ['no name', { name: '' }],
  ['a NUL', { name: 'a\0b' }],
  ['a very long one', { name: 'a/'.repeat(3000) }],
  ['another name of what is outside', { name: 'a', type: 'link', linkname: '/etc/shadow' }],
  ['another name of what is above', { name: 'a', type: 'link', linkname: '../x' }],
  ['a link to nothing', { name: 'a', type: 'symlink', linkname: '' }],
  ['a device', { name: 'a', type: 'block-device' }],
  ['a terminal', { name: 'a', type: 'character-device' }],
  ['a kind of its own', { name: 'a', type: 'contiguous-file' }],
] as const)('ends the build at %s', (_, header) => {
  expect(contextEntry(header)).toHaveProperty('problem');
});

it('leaves a FIFO out', () => {
  expect(contextEntry({ name: 'a', type: 'fifo' })).toBe('left out');
});

it('says nothing of whose a file is, and no more than a time that a tar has room for', () => {
  const header = { name: 'a', uid: 1000, gid: 1000, uname: 'ann', pax: { 'SCHILY.xattr.x': 'y' } };
  const judged = contextEntry({ ...header, mode: 0o104755, mtime: new Date(NaN) });
  expect(judged).toEqual({
    size: 0,
    header: {
      ...{ name: 'a', type: 'file', mode: 0o4755, uid: 0, gid: 0, mtime: new Date(0), size: 0 },
    },
  });
});

it('lets no path lead out of the context, whatever it is', () => {
  const part = fc.constantFrom('..', '.', '', 'a', '/', '\\', '..a', '\0', ' ', '\n');
  const path = fc.array(part, { maxLength: 6 }).map((parts) => parts.join('/'));
  const type = fc.constantFrom('file', 'directory', 'link');
  fc.assert(
    fc.property(path, path, type, (name, linkname, type) => {
      const judged = contextEntry({ name, linkname, type });
      if (judged === 'left out' || 'problem' in judged) return;
      const paths = [judged.header.name, ...(type === 'link' ? [judged.header.linkname!] : [])];
      for (const one of paths) {
        expect(posix.join('/context', one)).toMatch(/^\/context\/./s);
        expect(one).not.toMatch(/(^|\/)\.\.(\/|$)/);
      }
    }),
    { seed: 20_261 },
  );
});
