import { runProgram } from './commands/run-program.ts';
import { DevenvError } from './errors.ts';
import { write } from './ui/output.ts';

// A reader that goes away is told by the missing output alone; any other fault is a real one.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

void runProgram(process.argv.slice(2), {
  get cwd() {
    return currentFolder();
  },
  get stdin() {
    return process.stdin;
  },
  environment: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  signals: process,
}).then(async (exitCode) => {
  await Promise.all([write(process.stdout, ''), write(process.stderr, '')]);
  if (exitCode === 129 && process.stdin.isTTY) await hangUp();
  // A terminal or a connection still open must not hold the prompt back.
  process.exit(exitCode);
});

function currentFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new DevenvError('project_not_found', 'The folder you are in does not exist any more.', {
      hint: 'Change into one that does, or name the project with -C DIR.',
      cause,
    });
  }
}

/**
 * Node crashes on the attempt to put back a terminal that has gone; dying of the hang-up itself
 * gives the same status. The signal may reach another thread first, so that it takes a moment.
 */
async function hangUp(): Promise<void> {
  process.kill(process.pid, 'SIGHUP');
  await new Promise((resolve) => setTimeout(resolve, 1_000));
}
