import { DevenvError, type ErrorCode } from '../../errors.ts';
import { readDistribution, usesApt } from './distribution.ts';
import { findProgram, programPath } from './find-program.ts';
import { runProgram } from './run-program.ts';

export interface AdminOptions {
  uid: number;
  environment: Record<string, string | undefined>;
  signal: AbortSignal;
  onLine: (line: string) => void;
}

/** Whether devenv can install packages here for this person; otherwise why not, as a sentence. */
export async function whyNoInstallation({
  uid,
  environment,
}: Pick<AdminOptions, 'uid' | 'environment'>): Promise<string | undefined> {
  if (!usesApt(await readDistribution())) {
    return 'devenv installs packages on Debian and Ubuntu only.';
  }
  if (uid !== 0 && (await findProgram('sudo', environment)) === undefined) {
    return 'Installing packages needs root, and sudo is not installed.';
  }
  return undefined;
}

/**
 * Installs packages of Debian or Ubuntu, as root or with sudo, without their recommendations.
 * Fails with `code` and the end of apt's output.
 */
export async function installPackages(
  packages: string[],
  { code, ...options }: AdminOptions & { code: ErrorCode },
): Promise<void> {
  // Lists may be missing or outdated, but one broken source of several is no reason to give up.
  await runAsAdmin(['apt-get', ...aptOptions, 'update'], options);
  const install = ['install', '--yes', '--no-install-recommends', ...packages];
  const { exitCode, tail } = await runAsAdmin(['apt-get', ...aptOptions, ...install], options);
  if (exitCode === 0) return;
  throw new DevenvError(code, `apt-get could not install ${packages.join(', ')}.`, {
    hint: `Run "sudo apt-get install ${packages.join(' ')}" yourself to see what is wrong.`,
    details: tail,
  });
}

/** Runs a command as root: directly, or through sudo, which may ask for a password. */
export function runAsAdmin(
  command: [string, ...string[]],
  { uid, environment, signal, onLine }: AdminOptions,
): ReturnType<typeof runProgram> {
  const terminal = process.stdin.isTTY;
  const sudo: [string, ...string[]] = terminal ? ['sudo'] : ['sudo', '--non-interactive'];
  const env = { ...environment, PATH: programPath(environment), DEBIAN_FRONTEND: 'noninteractive' };
  return runProgram(uid === 0 ? command : withSudo(sudo, command), {
    environment: env,
    signal,
    onLine,
    terminal: uid !== 0 && terminal,
  });
}

function withSudo(sudo: [string, ...string[]], command: string[]): [string, ...string[]] {
  // sudo resets the environment, so what apt has to know goes along as an argument.
  return [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', ...command];
}

const aptOptions = [
  // Another apt may be at work; wait for it for two minutes.
  '--option=DPkg::Lock::Timeout=120',
  '--option=Dpkg::Use-Pty=0',
  '--option=Acquire::Retries=2',
  '--option=Acquire::http::Timeout=30',
];
