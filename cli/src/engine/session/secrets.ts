import { readFile, stat } from 'node:fs/promises';
import type { Command, SecretSource } from '../../config/config.ts';
import { DevenvError } from '../../errors.ts';

type Environment = Record<string, string | undefined>;

/**
 * The values of the secrets, for the environment of a session or hook, and for nothing else: they
 * are never logged, and never part of a label, an image or a command line. A line break at the
 * end of a file or of a command's output is not part of the value.
 *
 * A `command` runs on this host, as the caller, in `root`: it is as much to be trusted as a
 * Makefile in the same repository. Throws one `config_invalid` that names every secret which has
 * no value.
 */
export async function resolveSecrets(
  secrets: Record<string, SecretSource>,
  environment: Environment,
  root: string,
): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  const problems: string[] = [];
  // One after the other: two commands may both want to ask the person something.
  for (const [name, source] of Object.entries(secrets)) {
    const outcome = await resolve(source, environment, root);
    if ('problem' in outcome) problems.push(`${name}: ${outcome.problem}`);
    else values[name] = outcome.value;
  }
  if (problems.length === 0) return values;
  const [only] = problems;
  throw new DevenvError(
    'config_invalid',
    problems.length === 1 ? `There is no secret ${only}` : 'Some secrets have no value.',
    {
      hint: 'Provide it on this host, or change "secrets" in the devenv file or in devenv.local.yaml.',
      details: problems.length === 1 ? [] : problems,
    },
  );
}

type Outcome = { value: string } | { problem: string };

async function resolve(
  source: SecretSource,
  environment: Environment,
  root: string,
): Promise<Outcome> {
  switch (source.from) {
    case 'environment':
      return fromEnvironment(source.name, environment);
    case 'file':
      return fromFile(source.path);
    case 'command':
      return fromCommand(source.command, environment, root);
  }
}

function fromEnvironment(name: string, environment: Environment): Outcome {
  const value = environment[name];
  return value === undefined
    ? { problem: `the variable ${name} is not set on this host.` }
    : { value };
}

async function fromFile(path: string): Promise<Outcome> {
  try {
    // Opening a pipe would wait for a writer.
    if (!(await stat(path)).isFile()) return { problem: `${path} is not a file.` };
    return checked(await readFile(path, 'utf8'), path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { problem: `${path} does not exist.` };
    return { problem: `${path} cannot be read (${code ?? 'unknown'}).` };
  }
}

async function fromCommand(
  command: Command,
  environment: Environment,
  root: string,
): Promise<Outcome> {
  if (command.kind === 'parallel') return { problem: 'its command has to be a single one.' };
  const { runSecretCommand } = await import('./secret-command.ts');
  const result = await runSecretCommand(command, environment, root);
  return 'problem' in result ? result : checked(result.output, 'its command');
}

function checked(text: string, where: string): Outcome {
  // No environment can hold it: the value would end there, silently.
  if (text.includes('\0')) return { problem: `${where} gives binary data.` };
  return { value: text.replace(/\r?\n$/, '') };
}
