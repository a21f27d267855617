import { mkdir, rmdir } from 'node:fs/promises';
import { onMachine, type Machine } from './machine.ts';

/** sshd checks no configuration without this folder, which it has only while it runs. */
export async function withSshdFolder<T>(machine: Machine, run: () => Promise<T>): Promise<T> {
  const folder = onMachine(machine, '/run/sshd');
  const isNew = await mkdir(folder, { mode: 0o755 }).then(
    () => true,
    () => false,
  );
  try {
    return await run();
  } finally {
    if (isNew) await rmdir(folder).catch(() => undefined);
  }
}
