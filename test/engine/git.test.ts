import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cloneRepository, folderNameOf, withoutCredentials } from '../../cli/src/engine/git.ts';

let home: string;

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'devenv-git-')));
  const git = execa({ cwd: home, env: { HOME: home, GIT_CONFIG_NOSYSTEM: '1' } });
  await git`git init -q origin`;
  await writeFile(join(home, 'origin/hello'), 'hello\n');
  const inOrigin = execa({ cwd: join(home, 'origin') });
  await inOrigin`git add hello`;
  await inOrigin`git -c user.name=t -c user.email=t@example.org commit -qm first`;
});
afterEach(() => rm(home, { recursive: true, maxRetries: 5 }));

function clone(
  url: string,
  change: { folder?: string; signal?: AbortSignal; environment?: NodeJS.ProcessEnv } = {},
): Promise<void> {
  return cloneRepository(url, {
    folder: join(home, 'copy'),
    cwd: home,
    environment: { PATH: process.env.PATH, HOME: home },
    onProgress: () => undefined,
    signal: new AbortController().signal,
    ...change,
  });
}

describe('cloning', () => {
  it.each(['./origin', 'origin', 'FILE'])('works from %s', async (url) => {
    await clone(url === 'FILE' ? `file://${home}/origin` : url);
    expect(await readFile(join(home, 'copy/hello'), 'utf8')).toBe('hello\n');
  });

  it('fills an empty folder and makes those on the way', async () => {
    await mkdir(join(home, 'empty'));
    await clone('origin', { folder: join(home, 'empty') });
    await clone('origin', { folder: join(home, 'a/b') });
    expect(existsSync(join(home, 'empty/hello'))).toBe(true);
    expect(existsSync(join(home, 'a/b/hello'))).toBe(true);
  });

  it('leaves a folder that holds something as it is', async () => {
    await mkdir(join(home, 'copy'));
    await writeFile(join(home, 'copy/mine'), '');
    await expect(clone('origin')).rejects.toMatchObject({ code: 'file_exists', exitCode: 2 });
    expect(await readdir(join(home, 'copy'))).toEqual(['mine']);
  });

  it.each([
    '--upload-pack=touch pwned',
    '-u',
    '--config=core.sshCommand=touch pwned',
    'ext::sh -c "touch pwned"',
    'EXT::sh',
    'fd::3',
    '',
  ])('refuses %j, which git would take for something else', async (url) => {
    await expect(clone(url)).rejects.toMatchObject({ code: 'usage' });
    expect((await readdir(home)).sort()).toEqual(['origin']);
  });

  it('that fails says what git said and leaves nothing behind', async () => {
    const failure = clone(`file://user:secret@${home}/nothing`);
    await expect(failure).rejects.toMatchObject({ code: 'clone_failed', exitCode: 1 });
    const { message, details } = (await failure.catch((error: unknown) => error)) as {
      message: string;
      details: string[];
    };
    expect(details.join('\n')).toContain('fatal:');
    expect(message + details.join('\n')).not.toContain('secret');
    expect(existsSync(join(home, 'copy'))).toBe(false);
  });

  it('leaves nothing behind where git could not tidy up itself', async () => {
    await mkdir(join(home, 'bin'));
    await writeFile(join(home, 'bin/git'), `#!/bin/sh\nmkdir '${home}/copy'\nkill -9 $$\n`, {
      mode: 0o755,
    });
    const environment = { PATH: `${home}/bin:${process.env.PATH}`, HOME: home };
    await expect(clone('origin', { environment })).rejects.toMatchObject({ code: 'clone_failed' });
    expect(existsSync(join(home, 'copy'))).toBe(false);
  });

  it('that is interrupted leaves nothing behind, but an empty folder that was there', async () => {
    const slow = join(home, 'slow-ssh');
    // Says that it has started, and then nothing more.
    await writeFile(slow, `#!/bin/sh\ntouch '${home}/started'\nexec sleep 20\n`, { mode: 0o755 });
    for (const existed of [false, true]) {
      if (existed) await mkdir(join(home, 'copy'));
      await rm(join(home, 'started'), { force: true });
      const controller = new AbortController();
      const environment = { PATH: process.env.PATH, HOME: home, GIT_SSH_COMMAND: slow };
      const cloning = clone('host:repository', { signal: controller.signal, environment });
      await expect.poll(() => existsSync(join(home, 'started')), { timeout: 10_000 }).toBe(true);
      controller.abort();
      await expect(cloning).rejects.toMatchObject({ code: 'interrupted', exitCode: 130 });
      expect(existsSync(join(home, 'copy'))).toBe(existed);
    }
    expect(await readdir(join(home, 'copy'))).toEqual([]);
  });

  it("uses the person's own ssh command, but not a repository their shell points to", async () => {
    const ssh = join(home, 'my-ssh');
    await writeFile(ssh, `#!/bin/sh\nenv > '${home}/seen'\nexit 1\n`, { mode: 0o755 });
    const environment = {
      PATH: process.env.PATH,
      HOME: home,
      GIT_SSH_COMMAND: ssh,
      GIT_DIR: join(home, 'origin/.git'),
      EDITOR: 'vi',
    };
    await expect(clone('host:repository', { environment })).rejects.toMatchObject({
      code: 'clone_failed',
    });
    const seen = await readFile(join(home, 'seen'), 'utf8');
    expect(seen).toContain(`GIT_SSH_COMMAND=${ssh}`);
    expect(seen).not.toContain('origin/.git');
  });

  it('tells how far it is', async () => {
    const stages: string[] = [];
    await cloneRepository(`file://${home}/origin`, {
      folder: join(home, 'copy'),
      cwd: home,
      environment: { PATH: process.env.PATH, HOME: home },
      onProgress: ({ stage, percent }) => stages.push(`${stage} ${percent}`),
      signal: new AbortController().signal,
    });
    expect(stages[0]).toMatch(/^\w+ \d+$/);
  });
});

describe('the folder for a URL', () => {
  it.each([
    ['https://git.example.org/team/shop.git', 'shop'],
    ['https://git.example.org/shop/', 'shop'],
    ['https://git.example.org/shop.git?x=1', 'shop'],
    ['git@git.example.org:shop.git', 'shop'],
    ['host:shop', 'shop'],
    ['../shop/.git', 'shop'],
    ['/', ''],
    ['..', ''],
  ])('%s is "%s"', (url, expected) => {
    expect(folderNameOf(url)).toBe(expected);
  });
});

describe('a URL for people', () => {
  it('has no credentials', () => {
    const text = 'at https://me:token@git.example.org/x and ssh://git@host/y';
    expect(withoutCredentials(text)).toBe('at https://git.example.org/x and ssh://host/y');
  });
});
