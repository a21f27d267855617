import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withLock } from '../../../cli/src/engine/host/lock.ts';
import { testFolder } from '../../support/temp-folder.ts';

const never = new AbortController().signal;

describe('the lock of a workspace', () => {
  it('lets one at a time work, and everybody in the end', async () => {
    const path = join(await testFolder(), 'a/lock');
    let inside = 0;
    let most = 0;
    const turns = Array.from({ length: 10 }, () =>
      withLock(path, never, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside -= 1;
      }),
    );
    await Promise.all(turns);
    expect(most).toBe(1);
  });

  it('is released when the work fails', async () => {
    const path = join(await testFolder(), 'lock');
    await expect(withLock(path, never, () => Promise.reject(new Error('no')))).rejects.toThrow(
      'no',
    );
    expect(await withLock(path, never, () => Promise.resolve(7))).toBe(7);
  });

  it('does not outlive a killed holder', async () => {
    const path = join(await testFolder(), 'lock');
    const script = `
      require('proper-lockfile').lock(${JSON.stringify(path)}, { realpath: false, update: 1700 })
        .then(() => process.stdout.write('held'));
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(existsSync(`${path}.lock`)).toBe(true);
    expect(await withLock(path, never, () => Promise.resolve(7))).toBe(7);
  }, 20_000);

  it('lets nobody go on who has lost it', async () => {
    const path = join(await testFolder(), 'lock');
    const work = (): Promise<void> => {
      rmSync(`${path}.lock`, { recursive: true });
      return new Promise(() => undefined);
    };
    await expect(withLock(path, never, work)).rejects.toMatchObject({ code: 'lock_lost' });
    expect(await withLock(path, never, () => Promise.resolve(7))).toBe(7);
  });

  it('says so, once, when it is long in coming', async () => {
    const path = join(await testFolder(), 'lock');
    let said = 0;
    let finish: () => void = () => undefined;
    const first = withLock(path, never, () => new Promise<void>((resolve) => (finish = resolve)));
    const second = withLock(
      path,
      never,
      () => Promise.resolve(7),
      () => {
        said += 1;
        setTimeout(finish, 600);
      },
    );
    expect(await second).toBe(7);
    await first;
    expect(said).toBe(1);
  });

  it('names the folder that it cannot be in', async () => {
    const folder = await testFolder({ file: '' });
    const path = join(folder, 'file/lock');
    await expect(withLock(path, never, () => Promise.resolve())).rejects.toMatchObject({
      code: 'folder_unusable',
      message: expect.stringContaining(join(folder, 'file')) as string,
    });
  });

  it('stops waiting when it is interrupted', async () => {
    const path = join(await testFolder(), 'lock');
    const interrupt = new AbortController();
    await withLock(path, never, async () => {
      const waiting = withLock(path, interrupt.signal, () => Promise.resolve());
      interrupt.abort();
      await expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
    });
  });
});
