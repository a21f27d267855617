import { text } from 'node:stream/consumers';

const operations = { get: 'fill', store: 'approve', erase: 'reject' } as const;

export type GitOperation = keyof typeof operations;

export function isGitOperation(word: string): word is GitOperation {
  return Object.hasOwn(operations, word);
}

/** Milliseconds that a person has to answer what their own helper asks in a window. */
const patience = 120_000;

/**
 * Asks the host's git, with the person's own helpers, for a credential, or has it remember or
 * forget one. Gives its words; '' when it has none, or when there is no git.
 *
 * @param question Attributes as `git credential` reads them.
 */
export async function askHostGit(operation: GitOperation, question: string): Promise<string> {
  const { status, output } = await runGit(['credential', operations[operation]], question);
  return status === 0 ? output : '';
}

/** The name and address that the person's own configuration gives. */
export async function hostGitIdentity(): Promise<{
  userName: string | undefined;
  userEmail: string | undefined;
}> {
  const args = ['config', '--global', '--null', '--get-regexp', '^user\\.(name|email)$'];
  const { output } = await runGit(args, '');
  const values = new Map(
    output.split('\0').map((entry): [string, string] => {
      const [key = '', ...rest] = entry.split('\n');
      return [key, rest.join('\n')];
    }),
  );
  return { userName: values.get('user.name'), userEmail: values.get('user.email') };
}

async function runGit(
  args: string[],
  input: string,
): Promise<{ status: number | null; output: string }> {
  // Few sessions ask git, and none should wait for the loading of this.
  const { spawn } = await import('node:child_process');
  const git = spawn('git', args, {
    cwd: '/',
    env: ownEnvironment(),
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: patience,
  });
  git.stdin.on('error', () => {});
  git.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => {
    // 'error' without an exit: there is no git on this host.
    git.on('error', () => resolve(null)).on('close', resolve);
  });
  const [status, output] = await Promise.all([ended, text(git.stdout)]);
  return { status, output };
}

/** Without what a git hook around devenv sets, and never asking on the session's terminal. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const { GIT_DIR, GIT_WORK_TREE, GIT_INDEX_FILE, ...environment } = process.env;
  void [GIT_DIR, GIT_WORK_TREE, GIT_INDEX_FILE];
  return { ...environment, GIT_TERMINAL_PROMPT: '0' };
}
