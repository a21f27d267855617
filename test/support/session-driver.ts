import { attach, type Session } from '../../cli/src/engine/attach.ts';
import { Docker } from '../../cli/src/engine/docker.ts';
import { DevenvError } from '../../cli/src/errors.ts';

/*
 * A whole process that attaches its own stdin, stdout and stderr to a session: what it is
 * to do stands in the variable SESSION, as JSON.
 */
const { host, ...session } = JSON.parse(process.env.SESSION!) as Session & { host: string };

async function main(): Promise<void> {
  const status = await attach(new Docker({ host }), {
    ...session,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
  });
  process.exitCode = status;
  // Node aborts when it exits after its terminal has gone.
  if (status === 129) process.kill(process.pid, 'SIGHUP');
}

main().catch((error: unknown) => {
  if (!(error instanceof DevenvError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exitCode = error.exitCode;
});
