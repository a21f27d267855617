import { describe, expect, it } from 'vitest';
import {
  changesByHand,
  summarizeChanges,
  type Change,
  type Handmade,
} from '../../cli/src/plan/changes.ts';
import { addedDpkgLists, readApk, readDpkg } from '../../cli/src/plan/packages.ts';

const home = '/home/ann';
const mounts = [home, '/home/ann/shop', '/data/shop', '/run/devenv'];

/** From the lines of `docker diff`. */
function summarize(
  lines: string,
  { made = [], books = {} }: { made?: string[]; books?: Record<string, string> } = {},
): Handmade {
  const all = read(lines);
  const left = changesByHand(all, { made, mounts });
  const paths = left.map(({ path }) => path);
  const lists = addedDpkgLists(paths).map((path) => [path, books[path] ?? ''] as const);
  const packages = [
    ...readDpkg(Object.fromEntries(lists), books['/var/lib/apt/extended_states'] ?? ''),
    ...readApk(books['/lib/apk/db/installed'] ?? '', books['/etc/apk/world'] ?? '', paths),
  ];
  return summarizeChanges(left, all, { made, mounts, packages });
}

function read(lines: string): Change[] {
  const kinds = { A: 'added', C: 'modified', D: 'deleted' } as const;
  return lines
    .trim()
    .split('\n')
    .map((line) => ({
      kind: kinds[line.trim()[0] as 'A' | 'C' | 'D'],
      path: line.trim().slice(2),
    }));
}

const nothing: Handmade = { packages: [], paths: [] };

describe('what was put into a container by hand', () => {
  it('is nothing of what devenv, the engine and mounting make', () => {
    const lines = `
      C /etc
      C /etc/passwd
      C /etc/group
      C /home
      A /home/ann
      A /data
      A /data/shop
      C /run
      A /run/devenv
      A /etc/mtab
      C /usr
      C /usr/sbin
      A /usr/sbin/docker-init`;
    expect(summarize(lines)).toEqual(nothing);
  });

  it('is nothing of what programs leave behind unasked', () => {
    const lines = `
      C /tmp
      A /tmp/a
      C /var
      C /var/log
      A /var/log/apt
      A /var/log/apt/history.log
      C /var/cache
      C /var/cache/ldconfig
      C /var/cache/ldconfig/aux-cache
      C /var/lib
      C /var/lib/apt
      C /var/lib/apt/lists
      A /var/lib/apt/lists/lock
      C /root
      A /root/.bash_history
      A /root/.cache
      A /root/.cache/pip
      C /usr
      C /usr/lib
      C /usr/lib/python3
      A /usr/lib/python3/__pycache__
      A /usr/lib/python3/__pycache__/os.cpython-311.pyc`;
    expect(summarize(lines)).toEqual(nothing);
  });

  it('is the topmost of new folders, and each changed file', () => {
    const lines = `
      C /opt
      A /opt/tool
      A /opt/tool/bin
      A /opt/tool/bin/tool
      A /opt/empty
      C /etc
      C /etc/nginx
      C /etc/nginx/nginx.conf
      C /usr
      C /usr/local
      C /usr/local/bin
      A /usr/local/bin/mine
      D /usr/local/bin/theirs`;
    expect(summarize(lines)).toEqual({
      packages: [],
      paths: ['/etc/nginx/nginx.conf', '/opt/empty', '/opt/tool', '/usr/local/bin/mine'],
    });
  });

  it('is what stands beside a mount in a folder that mounting has made', () => {
    const lines = `
      A /data
      A /data/shop
      A /data/notes`;
    expect(summarize(lines)).toEqual({ packages: [], paths: ['/data/notes'] });
  });

  it('is not what the hooks made, but what lies in their folders since', () => {
    const lines = `
      C /usr
      A /usr/local/lib
      A /usr/local/lib/node_modules
      A /usr/local/lib/node_modules/hook
      A /usr/local/lib/node_modules/hook/index.js
      A /usr/local/lib/node_modules/hand
      A /usr/local/lib/node_modules/hand/index.js`;
    const modules = '/usr/local/lib/node_modules';
    const made = ['/usr', '/usr/local/lib', modules, `${modules}/hook`, `${modules}/hook/index.js`];
    expect(summarize(lines, { made })).toEqual({ packages: [], paths: [`${modules}/hand`] });
  });

  it('is a package of Debian by its name, without those it needs, and what lies beside its files', () => {
    const lines = `
      C /usr
      C /usr/bin
      A /usr/bin/vim.basic
      A /usr/bin/vi
      A /usr/bin/mine
      C /usr/lib
      A /usr/lib/libgpm.so
      C /etc
      A /etc/vim
      A /etc/vim/vimrc
      C /etc/alternatives
      A /etc/alternatives/vi
      C /etc/ld.so.cache
      C /var
      C /var/lib
      C /var/lib/dpkg
      C /var/lib/dpkg/status
      C /var/lib/dpkg/info
      A /var/lib/dpkg/info/vim.list
      A /var/lib/dpkg/info/vim.postinst
      A /var/lib/dpkg/info/libgpm2:amd64.list
      A /var/lib/apt/extended_states`;
    const info = '/var/lib/dpkg/info';
    const books = {
      [`${info}/vim.list`]: '/.\n/usr\n/usr/bin\n/usr/bin/vim.basic\n/etc/vim\n/etc/vim/vimrc\n',
      [`${info}/libgpm2:amd64.list`]: '/.\n/lib/libgpm.so\n',
      '/var/lib/apt/extended_states':
        'Package: libgpm2\nArchitecture: amd64\nAuto-Installed: 1\n\nPackage: x\nAuto-Installed: 0\n',
    };
    expect(summarize(lines, { books })).toEqual({ packages: ['vim'], paths: ['/usr/bin/mine'] });
  });

  it('is not a package that a hook installed', () => {
    const lines = `
      C /usr/bin
      A /usr/bin/jq
      C /var/lib/dpkg/status
      A /var/lib/dpkg/info/jq.list`;
    const made = ['/usr/bin/jq', '/var/lib/dpkg/status', '/var/lib/dpkg/info/jq.list'];
    expect(summarize(lines, { made })).toEqual(nothing);
  });

  it('is a package of Alpine by its name', () => {
    const lines = `
      C /usr
      C /usr/bin
      A /usr/bin/jq
      C /usr/lib
      A /usr/lib/libonig.so.5
      C /lib
      C /lib/apk
      C /lib/apk/db
      C /lib/apk/db/installed
      C /etc/apk
      C /etc/apk/world`;
    const books = {
      '/lib/apk/db/installed': [
        'P:musl\nF:lib\nR:libc.so\n',
        'P:oniguruma\nF:usr\nF:usr/lib\nR:libonig.so.5\na:0:0:755\n',
        'P:jq\nF:usr\nF:usr/bin\nR:jq\n',
      ].join('\n'),
      '/etc/apk/world': 'alpine-base\njq=1.6-r0\n',
    };
    expect(summarize(lines, { books })).toEqual({ packages: ['jq'], paths: [] });
  });

  it('says of rpm’s packages only that there are some', () => {
    const lines = `
      C /usr/bin
      A /usr/bin/jq
      A /usr/local/bin/mine
      C /var/lib/rpm
      C /var/lib/rpm/rpmdb.sqlite`;
    expect(summarize(lines)).toEqual({
      packages: [],
      paths: ['packages installed with rpm', '/usr/local/bin/mine'],
    });
  });

  it('is found among a hundred thousand paths in a moment', () => {
    const lines = Array.from({ length: 100_000 }, (_, index) => `A /opt/t/${index % 300}/${index}`);
    const folders = Array.from({ length: 300 }, (_, index) => `A /opt/t/${index}`);
    const started = performance.now();
    expect(summarize(['A /opt/t', ...folders, ...lines].join('\n')).paths).toEqual(['/opt/t']);
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});
