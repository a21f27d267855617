import { readdir, rm } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { DevenvError } from '../errors.ts';

export interface CloneProgress {
  /** What git is doing: `receiving`, `resolving`, … */
  stage: string;
  /** From 0 to 100. */
  percent: number;
}

interface CloneOptions {
  /** Absolute path of the folder to make; it may exist when it is empty. */
  folder: string;
  /** Absolute path that a relative URL starts from. */
  cwd: string;
  environment: NodeJS.ProcessEnv;
  onProgress: (progress: CloneProgress) => void;
  signal: AbortSignal;
}

/**
 * Clones a repository with the person's own git. The sole user of simple-git.
 * Fails with `usage` for a URL that git would take for something else, `file_exists`,
 * `clone_failed` or `interrupted`; then the folder is gone again if it was not there before.
 */
export async function cloneRepository(url: string, options: CloneOptions): Promise<void> {
  refuseTricks(url);
  const existed = await isEmptyFolder(options.folder);
  try {
    await clone(url, options);
  } catch (error) {
    // git removes its own leftovers too, and may still be at it.
    if (!existed) await rm(options.folder, { recursive: true, force: true, maxRetries: 5 });
    throw options.signal.aborted ? interrupted(url, error) : failed(url, error);
  }
}

/** The folder git would make for a URL: its last part without `.git`; '' when there is none. */
export function folderNameOf(url: string): string {
  const path = url
    .replace(/[?#].*$/, '')
    .replace(/\/+$/, '')
    .replace(/\/?\.git$/, '');
  const name = path.split(/[/:\\]/).at(-1) ?? '';
  return name === '.' || name === '..' ? '' : name;
}

/** A URL as it may be shown: without the password or token in it. */
export function withoutCredentials(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1');
}

function refuseTricks(url: string): void {
  if (url !== '' && !url.startsWith('-') && !/^[a-z0-9+.-]*::/i.test(url)) return;
  throw new DevenvError('usage', `"${withoutCredentials(url)}" is not a URL to clone from.`, {
    hint: 'Give an https, ssh or file URL, host:path, or a folder.',
  });
}

async function isEmptyFolder(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    if (error.code === 'ENOTDIR') return ['it is a file'];
    throw error;
  });
  if (names === undefined) return false;
  if (names.length === 0) return true;
  throw new DevenvError('file_exists', `${folder} exists already and is not empty.`, {
    hint: 'Name another folder: devenv clone URL DIR.',
  });
}

async function clone(
  url: string,
  { folder, cwd, environment, onProgress, signal }: CloneOptions,
): Promise<void> {
  const { simpleGit } = await import('simple-git');
  const allowed = gitEnvironment(environment);
  const git = simpleGit({
    baseDir: cwd,
    abort: signal,
    progress: ({ stage, progress }) =>
      onProgress({ stage: stage.replace(/:$/, ''), percent: progress }),
    errors: endedBadly,
    allowEnvironment: Object.keys(allowed).filter(isGuarded),
    // These are the person's own settings, as git alone would take them.
    unsafe: {
      allowUnsafeAskPass: true,
      allowUnsafeConfigEnvCount: true,
      allowUnsafeConfigPaths: true,
      allowUnsafeCredentialHelper: true,
      allowUnsafeGitProxy: true,
      allowUnsafeSshCommand: true,
      allowUnsafeUrlRewrite: true,
    },
  }).env(allowed);
  await git.clone(isLocalPath(url) ? resolve(cwd, url) : url, folder);
}

/** Without this, simple-git takes a git that was killed and said nothing for one that succeeded. */
function endedBadly(
  error: Buffer | Error | undefined,
  { exitCode, stdErr }: { exitCode: number; stdErr: Buffer[] },
): Buffer | Error | undefined {
  if (error !== undefined || exitCode === 0) return error;
  return stdErr.length > 0 ? Buffer.concat(stdErr) : new Error('git was ended from outside.');
}

/** `../shop` and `C:\shop`, but not `host:shop` or `https://…`. */
function isLocalPath(url: string): boolean {
  return isAbsolute(url) || /^\.{0,2}[/\\]/.test(url) || !url.includes(':');
}

/** What steers git on its way to the server; what points it to a repository of here stays out. */
const wanted = /^(GIT_(SSH|SSL|ASKPASS|PROXY|HTTP|CURL|CONFIG|TERMINAL|TRACE)|SSH_ASKPASS)/;

function gitEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries.filter(([name]) => !isGuarded(name) || wanted.test(name)));
}

/** The variables that simple-git passes on only when they are named. */
function isGuarded(name: string): boolean {
  return /^(GIT_.*|EDITOR|VISUAL|PAGER|PREFIX|SSH_ASKPASS)$/i.test(name);
}

function failed(url: string, error: unknown): DevenvError {
  const lines = withoutCredentials(error instanceof Error ? error.message : String(error))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('Cloning into'));
  return new DevenvError('clone_failed', `Could not clone ${withoutCredentials(url)}.`, {
    hint: 'Check the URL, and that "git clone" with it works for you.',
    details: lines,
    cause: error,
  });
}

function interrupted(url: string, cause: unknown): DevenvError {
  return new DevenvError('interrupted', `Interrupted: ${withoutCredentials(url)} was not cloned.`, {
    cause,
  });
}
