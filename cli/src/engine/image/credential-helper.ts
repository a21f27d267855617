import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { findProgram } from '../host/find-program.ts';

export interface Credentials {
  /** `<token>` where the secret is an identity token. */
  username: string;
  secret: string;
}

/**
 * What one of Docker's credential helpers, `docker-credential-NAME`, knows of a server: undefined
 * where it has no login. Throws an Error that says why it could not be asked. The protocol is
 * https://github.com/docker/docker-credential-helpers#development
 */
export async function askCredentialHelper(
  program: string,
  server: string,
  environment: Record<string, string | undefined>,
): Promise<Credentials | undefined> {
  const { exitCode, stdout, stderr } = await run(program, server, environment);
  if (exitCode === 0) return parse(program, stdout);
  if (/credentials not found/i.test(stdout)) return undefined;
  // Helpers write what is wrong on stdout.
  const said = (stdout.trim() || stderr.trim()).split('\n').at(-1) || `exit code ${exitCode}`;
  throw new Error(`${program} failed: ${said}`);
}

async function run(
  program: string,
  input: string,
  environment: Record<string, string | undefined>,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const child = spawn(program, ['get'], { env: environment, stdio: 'pipe' });
  const exitCode = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve(code ?? 255);
    });
  });
  // One that ends without reading says why on stdout.
  child.stdin.on('error', () => undefined).end(input);
  try {
    const [code, stdout, stderr] = await Promise.all([
      exitCode,
      text(child.stdout),
      text(child.stderr),
    ]);
    return { exitCode: code, stdout, stderr };
  } catch (cause) {
    // A folder of PATH that nobody may enter makes a missing program one that may not be run.
    const missing = (await findProgram(program, environment)) === undefined;
    const why = missing ? 'is not installed' : `cannot be run: ${(cause as Error).message}`;
    throw new Error(`${program} ${why}`, { cause });
  }
}

function parse(program: string, stdout: string): Credentials | undefined {
  let answer: { Username?: unknown; Secret?: unknown };
  try {
    answer = JSON.parse(stdout) as typeof answer;
  } catch (cause) {
    throw new Error(`${program} gave an answer that is not JSON`, { cause });
  }
  const { Username: username, Secret: secret } = answer;
  if (typeof username !== 'string' || typeof secret !== 'string') {
    throw new Error(`${program} gave an answer without a name and a secret`);
  }
  return username === '' && secret === '' ? undefined : { username, secret };
}
