import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { HooksDone } from '../../plan/world.ts';

/** The host's folder for one workspace: what its container sees at /run/devenv, and notes. */
export interface WorkspaceFolder {
  /** Mounted at /run/devenv. */
  run: string;
  /** What the certificates in `run` were made from. */
  certificates: string;
  hooks: string;
  /** What hooks have made in the container's own layer. */
  made: string;
  /** Which starts of containers have been confined. */
  confined: string;
  lock: string;
  buildLog: string;
}

export function workspaceFolder(stateFolder: string, id: string): WorkspaceFolder {
  const folder = join(stateFolder, 'workspaces', id);
  return {
    run: join(folder, 'run'),
    certificates: join(folder, 'certificates.json'),
    hooks: join(folder, 'hooks.json'),
    made: join(folder, 'made.json'),
    confined: join(folder, 'confined.json'),
    lock: join(folder, 'lock'),
    buildLog: join(folder, 'build.log'),
  };
}

/**
 * Makes the folder that the container sees at /run/devenv. A user of the image may be somebody
 * else than the caller, and has to read the certificates there; what is private in it has modes
 * of its own.
 */
export async function makeRunFolder({ run }: WorkspaceFolder): Promise<void> {
  await mkdir(run, { recursive: true });
  await chmod(run, 0o755);
}

/** Which hooks have succeeded, newest container first; where nothing is noted, they run again. */
export function readHooksDone(folder: WorkspaceFolder): Promise<HooksDone[]> {
  return readNotes<HooksDone>(folder.hooks);
}

/** Notes hooks that have succeeded. */
export function writeHooksDone(folder: WorkspaceFolder, done: HooksDone): Promise<void> {
  return writeNote(folder.hooks, done);
}

/** The starts that have been confined, newest first; where nothing is noted, none has. */
export async function readConfined(folder: WorkspaceFolder): Promise<string[]> {
  const notes = await readNotes<{ containerId: string }>(folder.confined);
  return notes.map(({ containerId }) => containerId);
}

/** Notes a start that is confined, as `confinedKey` names it. */
export function writeConfined(folder: WorkspaceFolder, start: string): Promise<void> {
  return writeNote(folder.confined, { containerId: start });
}

interface Made {
  containerId: string;
  paths: string[];
}

/** The paths that are noted as made by the container's hooks; undefined when nothing is noted. */
export async function readMade(
  folder: WorkspaceFolder,
  containerId: string,
): Promise<string[] | undefined> {
  const all = await readNotes<Made>(folder.made);
  return all.find((made) => made.containerId === containerId)?.paths;
}

export function writeMade(folder: WorkspaceFolder, made: Made): Promise<void> {
  return writeNote(folder.made, made);
}

/** A workspace has a container and, while it is replaced, the one before it. */
const remembered = 2;

async function readNotes<Note>(file: string): Promise<Note[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]');
  try {
    const notes = JSON.parse(text) as Note[];
    return Array.isArray(notes) ? notes : [];
  } catch {
    // Cut off by a crash. Hooks may run twice, but are never left out.
    return [];
  }
}

/** Puts a note before the others, in one move, so that no reader sees half of it. */
async function writeNote<Note extends { containerId: string }>(
  file: string,
  note: Note,
): Promise<void> {
  const before = await readNotes<Note>(file);
  const others = before.filter(({ containerId }) => containerId !== note.containerId);
  const all = [note, ...others].slice(0, remembered);
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(all));
  await rename(draft, file);
}
