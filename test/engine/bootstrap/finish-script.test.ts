import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { finishScript } from '../../../cli/src/engine/bootstrap/finish-script.ts';
import { parseReference } from '../../../cli/src/engine/bootstrap/parse-reference.ts';
import { testFolder } from '../../support/temp-folder.ts';

const sources = ["deb http://mirror.example/it's\\debian bookworm main"];
const aptLines = ['Acquire::Check-Valid-Until "false";'];

/** A root file system with a bit of everything that the script looks after. */
const files = {
  'etc/apt/apt.conf.d/x': '',
  'etc/apt/sources.list': 'deb http://default.example/debian bookworm main\n',
  'etc/dpkg/dpkg.cfg.d/x': '',
  'etc/resolv.conf': 'nameserver 192.0.2.1\n',
  'etc/machine-id': '0123\n',
  'usr/sbin/x': '',
  'usr/share/doc/bash/copyright': 'GPL',
  'usr/share/doc/bash/README.gz': '',
  'usr/share/man/man1/bash.1.gz': '',
  'usr/share/locale/de/LC_MESSAGES/bash.mo': '',
  'usr/share/locale/locale.alias': '',
  'var/log/bootstrap.log': '',
  'var/log/apt/history.log': '',
  'var/cache/apt/archives/bash.deb': '',
  'var/lib/apt/lists/mirror_InRelease': '',
};

describe('finishScript', () => {
  it('gives the image the sources and apt settings of this machine, as they are', async () => {
    const root = await finish('debian:bookworm');
    expect(read(root, 'etc/apt/sources.list')).toBe(`${sources[0]}\n`);
    expect(read(root, 'etc/apt/apt.conf.d/90devenv-image')).toContain(aptLines[0]);
    expect(statSync(join(root, 'usr/sbin/policy-rc.d')).mode & 0o777).toBe(0o755);
  });

  it('keeps the sources that are there where it has none of its own', async () => {
    const root = await finish('debian:bookworm', []);
    expect(read(root, 'etc/apt/sources.list')).toContain('default.example');
  });

  it('leaves no caches, logs and traces of this machine in the image', async () => {
    const root = await finish('debian:bookworm');
    for (const folder of ['var/cache/apt/archives', 'var/lib/apt/lists', 'var/log/apt']) {
      expect(readdirSync(join(root, folder))).toEqual([]);
    }
    expect(existsSync(join(root, 'etc/resolv.conf'))).toBe(false);
    expect(read(root, 'etc/machine-id')).toBe('');
  });

  it('takes documentation, manuals and translations out of slim images only', async () => {
    const whole = await finish('debian:bookworm');
    expect(existsSync(join(whole, 'usr/share/man/man1/bash.1.gz'))).toBe(true);

    const share = join(await finish('debian:bookworm-slim'), 'usr/share');
    expect(readdirSync(share, { recursive: true }).sort()).toEqual([
      'doc',
      'doc/bash',
      'doc/bash/copyright',
      'locale',
      'locale/locale.alias',
      'man',
      'man/man1',
    ]);
  });
});

async function finish(reference: string, lines = sources): Promise<string> {
  const root = await testFolder(files);
  const script = finishScript({ image: parseReference(reference), sources: lines, aptLines });
  execFileSync('sh', ['-c', script, 'finish', root]);
  return root;
}

function read(root: string, path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
