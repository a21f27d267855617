import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  rmdir,
  type FileHandle,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DevenvError } from '../../errors.ts';
import type { Change, WriteFile } from './change.ts';
import { onMachine, type Machine } from './machine.ts';
import { recordText } from './record.ts';
import { withSshdFolder } from './sshd-folder.ts';

/**
 * Carries the changes out, one after the other. Each file appears at once and whole; one that sudo
 * or sshd does not accept is taken back. Fails with `install_failed`; what was done before stays,
 * and is in the record.
 */
export async function applyChanges(machine: Machine, changes: Change[]): Promise<void> {
  for (const change of changes) {
    try {
      await apply(machine, change);
    } catch (cause) {
      if (cause instanceof DevenvError) throw cause;
      throw new DevenvError('install_failed', `${change.path}: ${(cause as Error).message}`, {
        cause,
      });
    }
  }
}

async function apply(machine: Machine, change: Change): Promise<void> {
  const path = onMachine(machine, change.path);
  const { uid, gid } = machine.owner;
  switch (change.do) {
    case 'add-group':
      return run(machine, ['/usr/sbin/groupadd', '--system', change.path]);
    case 'remove-group':
      return run(machine, ['/usr/sbin/groupdel', change.path]);
    case 'make-folder':
      await mkdir(path);
      await chown(path, uid, gid);
      return chmod(path, change.mode);
    case 'remove-folder':
      return rmdir(path);
    case 'set-mode':
      await chown(path, uid, gid);
      return chmod(path, change.mode);
    case 'write-file':
      return writeChecked(machine, path, change);
    case 'edit-file':
      return edit(path, change.before, change.after);
    case 'remove-file':
      return rm(path);
    case 'write-record': {
      const content = Buffer.from(recordText(change.record));
      return replaceFile(path, content, { mode: 0o644, uid, gid });
    }
  }
}

async function writeChecked(machine: Machine, path: string, change: WriteFile): Promise<void> {
  const { content, mode, check } = change;
  const before = await takeDown(path);
  await replaceFile(path, content, { mode, ...machine.owner }, async (file) => {
    if (check === 'sudoers') await ask(machine, change, ['/usr/sbin/visudo', '-cf', file]);
  });
  try {
    // It may be right and yet not go together with the other files.
    if (check === 'sudoers') await ask(machine, change, ['/usr/sbin/visudo', '-c']);
    if (check === 'sshd') {
      await withSshdFolder(machine, () => ask(machine, change, ['/usr/sbin/sshd', '-t']));
    }
  } catch (error) {
    if (before === undefined) await rm(path);
    else await replaceFile(path, before.content, before.looks);
    throw error;
  }
}

async function takeDown(path: string): Promise<{ content: Buffer; looks: Looks } | undefined> {
  try {
    const { mode, uid, gid } = await lstat(path);
    return { content: await readFile(path), looks: { mode: mode & 0o7777, uid, gid } };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function ask(machine: Machine, { path }: WriteFile, argv: Argv): Promise<void> {
  const { exitCode, tail } = await machine.run(argv);
  if (exitCode === 0) return;
  const message = `${basename(argv[0])} does not accept ${path}, which is taken back.`;
  throw new DevenvError('install_failed', message, { details: tail });
}

async function edit(path: string, before: string, after: string): Promise<void> {
  const { mode, uid, gid } = await lstat(path);
  if ((await readFile(path, 'utf8')) !== before) {
    throw new DevenvError('install_failed', `${path} was changed in this moment.`, {
      hint: 'Do it once more.',
    });
  }
  await replaceFile(path, Buffer.from(after), { mode: mode & 0o7777, uid, gid });
}

interface Looks {
  mode: number;
  uid: number;
  gid: number;
}

/** `isAcceptable` fails where the new file must not take the place of the old one. */
async function replaceFile(
  path: string,
  content: Buffer,
  looks: Looks,
  isAcceptable: (file: string) => Promise<void> = async () => undefined,
): Promise<void> {
  // sudo and sshd read no file of such a name.
  const name = `.${basename(path)}.${randomBytes(6).toString('hex')}.new`;
  const unfinished = join(dirname(path), name);
  try {
    const file = await open(unfinished, 'wx', 0o600);
    await fill(file, content, looks).finally(() => file.close());
    await isAcceptable(unfinished);
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function fill(file: FileHandle, content: Buffer, { mode, uid, gid }: Looks): Promise<void> {
  await file.writeFile(content);
  await file.chown(uid, gid);
  await file.chmod(mode);
  await file.sync();
}

type Argv = [string, ...string[]];

async function run(machine: Machine, argv: Argv): Promise<void> {
  const { exitCode, tail } = await machine.run(argv);
  if (exitCode === 0) return;
  throw new DevenvError('install_failed', `"${argv.join(' ')}" failed.`, { details: tail });
}
