import { fittingFailure } from '../login/fitting-failure.ts';
import type { LoginOptions } from '../login/log-in.ts';
import { policyFile } from '../login/places.ts';
import { ownPremises, rootPremises } from '../login/premises.ts';
import { watchParent } from '../login/watch-parent.ts';
import { printable } from '../ui/printable.ts';
import { write } from '../ui/output.ts';
import { createContext } from './create-context.ts';
import type { CommandFunction, Context } from './context.ts';

/** Of the caller's environment, what a session gets; sudo has let little more through. */
const travelling = /^(TERM|LANG|LC_[A-Z]+)$/;

/**
 * What the login shell becomes: a session, or nothing. As root it is for whoever called sudo; as
 * anybody else for themselves, on an engine of their own. It is not meant to be typed.
 */
export const loginBroker: CommandFunction = async (given) => {
  const { logIn } = await import('../login/log-in.ts');
  const { findPerson } = await import('../login/person.ts');
  const { rawVariable } = await import('../login/raw-variable.ts');
  const { readRequest } = await import('../login/request.ts');
  watchParent();
  const own = process.getuid?.() !== 0;
  const { stdin, stdout, stderr, environment, signals } = given;
  const tty = stdin.isTTY === true && stdout.isTTY === true;
  const context = createContext(
    {
      cwd: '/',
      stdin,
      stdout,
      stderr,
      signals,
      environment: pickTravelling(environment),
    },
    // Progress belongs on a terminal: others read stderr for what went wrong.
    { ...given.options, progress: tty ? 'auto' : 'quiet' },
  );
  const [original, person] = await Promise.all([
    rawVariable('SSH_ORIGINAL_COMMAND'),
    findPerson(own ? String(process.getuid?.()) : environment.SUDO_UID),
  ]);
  return logIn({
    person,
    policyFile,
    premises: own ? ownPremises(person.home) : rootPremises,
    program: [process.execPath, ...process.argv.slice(1, 2)],
    request: readRequest(original),
    from: clientOf(environment.SSH_CONNECTION),
    environment: pickTravelling(environment),
    agentSocket: environment.SSH_AUTH_SOCK,
    tty,
    stdin,
    stdout,
    stderr,
    choose: tty ? (names) => choose(context, names) : undefined,
    work: (run) => context.work(run),
    say: (text) => write(stderr, `devenv: ${printable(text)}\n`),
  } satisfies LoginOptions).catch((error: unknown) => {
    throw fittingFailure(error);
  });
};

function pickTravelling(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      travelling.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  );
}

/** `192.0.2.7 port 50022` of "192.0.2.7 50022 198.51.100.1 22". */
function clientOf(connection: string | undefined): string | undefined {
  const [, address, port] = /^([\da-fA-F.:%\w]+) (\d+) /.exec(connection ?? '') ?? [];
  return address === undefined ? undefined : `${address} port ${port}`;
}

async function choose({ stdin, stderr }: Context, names: string[]): Promise<string> {
  const { askWhich } = await import('../ui/prompt.ts');
  return askWhich('Which repository?', names, { stdin, stderr });
}
