import { randomBytes } from 'node:crypto';
import { watch, type FSWatcher } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join, posix } from 'node:path';
import { runFolderInside } from '../../plan/mounts.ts';
import { openFifo, readFifo } from './fifo.ts';
import { gitConfigName, writeGitFiles } from './git-files.ts';
import { gitHelperName, gitRelayVariable } from './git-helper.ts';
import { askHostGit, isGitOperation, type GitOperation } from './host-git.ts';

export interface GitCredentialsRelay {
  /** What makes git inside use it. */
  environment: Record<string, string>;
  close(): Promise<void>;
}

const prefix = 'credentials-';

/** Milliseconds that a helper inside may take to put its question; characters it may have. */
const questionTime = 5_000;
const questionLength = 64 * 1024;

/**
 * Lets git inside use the host's credentials and the person's name and address, for the time of
 * one session. Needs git 2.32, mkfifo, cat and rm inside, and an engine whose containers run on
 * this very kernel: elsewhere sessions get the name and address only. Does not keep the process
 * alive.
 *
 * @param options.folder The run folder on the host, mounted inside.
 */
export async function relayGitCredentials({
  folder,
}: {
  folder: string;
}): Promise<GitCredentialsRelay> {
  const relayed = process.platform === 'linux';
  const helper = relayed ? `!sh ${posix.join(runFolderInside, gitHelperName)}` : undefined;
  const [session] = await Promise.all([
    relayed ? openSession(folder) : undefined,
    writeGitFiles(folder, helper),
    removeStaleSessions(folder),
  ]);
  const config = { GIT_CONFIG_SYSTEM: posix.join(runFolderInside, gitConfigName) };
  if (session === undefined) return { environment: config, close: async () => {} };
  return {
    environment: { ...config, [gitRelayVariable]: posix.join(runFolderInside, session.name) },
    close: async () => {
      session.watcher.close();
      await rm(join(folder, session.name), { recursive: true, force: true });
    },
  };
}

/** A folder of the session's own, which says whose it is. */
async function openSession(folder: string): Promise<{ name: string; watcher: FSWatcher }> {
  const name = `${prefix}${process.pid}-${randomBytes(4).toString('hex')}`;
  const path = join(folder, name);
  await mkdir(path, { mode: 0o700 });
  const calls = new Set<string>();
  const watcher = watch(path, { persistent: false }, (_event, file) => {
    const [, pid, word] = /^(\d+)\.(\w+)$/.exec(file ?? '') ?? [];
    if (pid === undefined || word === undefined || !isGitOperation(word)) return;
    if (calls.has(pid)) return;
    calls.add(pid);
    // A helper that has given up meanwhile, and its FIFOs with it, needs no answer.
    void answer(join(path, pid), word)
      .catch(() => undefined)
      .finally(() => calls.delete(pid));
  });
  return { name, watcher };
}

/**
 * The answer is opened second and then held: a helper that finds it open has somebody to put its
 * question to, and its end tells the helper that we are gone.
 */
async function answer(call: string, operation: GitOperation): Promise<void> {
  const input = readFifo(`${call}.question`);
  const output = await openFifo(`${call}.answer`);
  try {
    await output.write(await askHostGit(operation, await readQuestion(input)));
  } finally {
    input.destroy();
    await output.close();
  }
}

/** A question ends with an empty line. */
async function readQuestion(input: Socket): Promise<string> {
  const timer = setTimeout(() => input.destroy(), questionTime);
  let question = '';
  try {
    for await (const chunk of input) {
      question += chunk as string;
      if (question.startsWith('\n') || question.includes('\n\n')) return question;
      if (question.length > questionLength) break;
    }
  } finally {
    clearTimeout(timer);
  }
  throw new Error('no question was put');
}

/** Removes the folders of clients that were killed. */
async function removeStaleSessions(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(prefix));
  const stale = names.filter((name) => !isAlive(Number.parseInt(name.slice(prefix.length), 10)));
  await Promise.all(stale.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
