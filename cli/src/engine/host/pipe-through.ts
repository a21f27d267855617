import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** The only places where programs of root's own are looked for. */
const systemPath = '/usr/sbin:/usr/bin:/sbin:/bin';

/** Who a program runs as, in place of this process's own user; it has no other groups then. */
export interface RunAs {
  uid: number;
  gid: number;
}

/**
 * Runs a program of the system's with text on its stdin and nothing of our environment; gives
 * what it writes. Fails with the system's own error when it cannot be run.
 */
export async function pipeThrough(
  [program, ...args]: string[],
  input: string,
  as?: RunAs,
): Promise<{ exitCode: number; output: string }> {
  const child = spawn(program ?? '', args, {
    cwd: '/',
    env: { PATH: systemPath, LC_ALL: 'C' },
    stdio: 'pipe',
    ...as,
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 255));
  });
  // One that ends without reading its input says why in its output.
  child.stdin.on('error', () => {}).end(input);
  const [exitCode, out, err] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { exitCode, output: out + err };
}
