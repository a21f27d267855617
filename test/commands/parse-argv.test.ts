import { describe, expect, it } from 'vitest';
import { commandTable } from '../../cli/src/commands/command-table.ts';
import { loadCommand } from '../../cli/src/commands/load-command.ts';
import { parseArgv } from '../../cli/src/commands/parse-argv.ts';
import { UsageError } from '../../cli/src/commands/usage-error.ts';

/** A command line as text: the command, what it is given, and the global options that are set. */
function parse(argv: string[]): string {
  const invocation = parseArgv(argv, '1.2.3');
  if (invocation.kind === 'text') return `text: ${invocation.text.split('\n')[0]}`;
  const { definition, options, input } = invocation;
  const globals = Object.entries(options)
    .filter(([name, value]) => value !== undefined && value !== false && value !== 'auto' && name)
    .map(([name, value]) => (value === true ? name : `${name}=${value}`));
  const own = Object.entries(input.options)
    .filter(([name]) => !(name in options))
    .map(([name, value]) => `${name}:${String(value)}`);
  return [definition.name, ...input.args.map((arg) => `[${arg}]`), ...own, ...globals].join(' ');
}

function usageError(argv: string[]): UsageError {
  try {
    parseArgv(argv, '1.2.3');
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error(`${argv.join(' ')} was accepted`);
}

describe('a command line', () => {
  it.each<[string, string]>([
    ['up', 'up'],
    ['--json up', 'up json'],
    ['up --json', 'up json'],
    ['-C a up', 'up directory=a'],
    ['up -C a', 'up directory=a'],
    ['-C a up -C b', 'up directory=b'],
    ['-f x.yaml -w shop --host tcp://h up', 'up file=x.yaml workspace=shop host=tcp://h'],
    ['--progress plain up', 'up progress=plain'],
    ['up --progress=json --yes --dry-run', 'up progress=json yes dryRun'],
    ['up -y', 'up yes'],
    ['down --volumes -y', 'down volumes:true yes'],
    ['rebuild', 'rebuild cache:true'],
    ['rebuild --no-cache --pull', 'rebuild cache:false pull:true'],
    ['build --push --frozen', 'build cache:true push:true frozen:true'],
    ['up --frozen', 'up frozen:true'],
    ['logs -f', 'logs follow:true'],
    ['-f x.yaml logs -f', 'logs follow:true file=x.yaml'],
    ['logs --file x.yaml -n 5', 'logs tail:5 file=x.yaml'],
    ['shell', 'shell hooks:true'],
    ['shell -c ls', 'shell hooks:true command:ls'],
    ['shell -C a -c ls --root', 'shell hooks:true command:ls root:true directory=a'],
    ['run', 'run hooks:true'],
    ['run test --json', 'run [test] hooks:true json'],
    ['run test -- --watch -x', 'run [test] [--watch] [-x] hooks:true'],
    ['exec ls', 'exec [ls] hooks:true'],
    ['exec ls --json -C a', 'exec [ls] [--json] [-C] [a] hooks:true'],
    ['exec -- ls -la', 'exec [ls] [-la] hooks:true'],
    ['exec -- --odd', 'exec [--odd] hooks:true'],
    ['exec -- ls -- x', 'exec [ls] [--] [x] hooks:true'],
    ['exec ls -- x', 'exec [ls] [--] [x] hooks:true'],
    ['exec --root --no-hooks ls', 'exec [ls] hooks:false root:true'],
    ['-C a exec -w b ls -w c', 'exec [ls] [-w] [c] hooks:true directory=a workspace=b'],
    ['exec up', 'exec [up] hooks:true'],
    ['engine start --install', 'engine start install:true'],
    ['--json engine --host h status --yes', 'engine status host=h json yes'],
    ['config', 'config'],
    ['config check --json', 'config check json'],
    ['--json config check', 'config check json'],
    ['image bootstrap debian:bookworm', 'image bootstrap [debian:bookworm]'],
    ['clone url dir', 'clone [url] [dir]'],
    ['completion zsh', 'completion [zsh]'],
    ['-C a __complete task', '__complete [task] directory=a'],
    ['--version', 'text: 1.2.3'],
    ['', 'text: Usage: devenv COMMAND [options]'],
    ['--help', 'text: Usage: devenv COMMAND [options]'],
    ['help', 'text: Usage: devenv COMMAND [options]'],
    ['help up', 'text: Usage: devenv up [options]'],
    ['help engine', 'text: Usage: devenv engine COMMAND'],
    ['help engine stop', 'text: Usage: devenv engine stop [options]'],
    ['help --json -C a up', 'text: Usage: devenv up [options]'],
    ['help help', 'text: Usage: devenv help [options] [COMMAND...]'],
    ['exec --help', 'text: Usage: devenv exec [options] <CMD...>'],
    ['exec ls --help', 'exec [ls] [--help] hooks:true'],
    ['engine', 'text: Usage: devenv engine COMMAND'],
  ])('"%s" is read as: %s', (line, expected) => {
    expect(parse(line.split(' ').filter((word) => word !== ''))).toBe(expected);
  });

  it('keeps empty arguments and spaces of a command as they are', () => {
    expect(parse(['exec', '--', 'printf', '', 'a b', '$x\n'])).toBe(
      'exec [printf] [] [a b] [$x\n] hooks:true',
    );
  });

  it.each<[string, string, string]>([
    ['upp', "Unknown command 'upp'.", 'Did you mean up?'],
    ['engine strat', "Unknown command 'strat'.", 'Did you mean start?'],
    ['up --jsn', "Unknown option '--jsn'.", 'Did you mean --json?'],
    ['zzzzzz', "Unknown command 'zzzzzz'.", 'See "devenv --help".'],
    ['help nope', "Unknown command 'nope'.", 'See "devenv --help".'],
    ['help statsu', "Unknown command 'statsu'.", 'Did you mean status?'],
    ['help engine strat', "Unknown command 'strat'.", 'Did you mean start?'],
    ['help engine nope', "Unknown command 'nope'.", 'See "devenv engine --help".'],
    ['help start', "Unknown command 'start'.", 'Did you mean up?'],
    ['help __complet', "Unknown command '__complet'.", 'See "devenv --help".'],
    ['engine rm', "Unknown command 'rm'.", 'See "devenv engine --help".'],
    ['constructor', "Unknown command 'constructor'.", 'See "devenv --help".'],
    ['-v', "Unknown option '-v'.", 'Did you mean --version?'],
    ['-V', "Unknown option '-V'.", 'Did you mean --version?'],
    ['up -v', "Unknown option '-v'.", 'See "devenv up --help".'],
    ['exec', "Missing required argument 'CMD'.", 'See "devenv exec --help".'],
    ['exec --bad ls', "Unknown option '--bad'.", 'See "devenv exec --help".'],
    ['-C', "Option '-C, --directory <DIR>' argument missing.", 'See "devenv --help".'],
    [
      'up there',
      "Too many arguments for 'up'. Expected 0 arguments but got 1.",
      'See "devenv up --help".',
    ],
    [
      'up --progress loud',
      "Option '--progress <STYLE>' argument 'loud' is invalid. Allowed choices are auto, tty, plain, json, quiet.",
      'See "devenv up --help".',
    ],
  ])('"%s" is refused: %s', (line, message, hint) => {
    const error = usageError(line.split(' '));
    expect(error).toMatchObject({ code: 'usage', message, hint });
  });

  it.each([
    ['start', 'up'],
    ['rm', 'down'],
    ['remove', 'down'],
    ['delete', 'down'],
    ['destroy', 'down'],
    ['enter', 'shell'],
    ['attach', 'shell'],
    ['ssh', 'shell'],
    ['bash', 'shell'],
    ['version', '--version'],
  ])('with %s, as other tools call it, is pointed to %s', (word, ours) => {
    expect(usageError([word])).toMatchObject({
      message: `Unknown command '${word}'.`,
      hint: `Did you mean ${ours}?`,
    });
  });

  it.each(['-it', '-ti', '-i', '-t', '--tty', '--interactive'])(
    'with docker’s %s is told that a terminal is used without it',
    (option) => {
      for (const command of ['shell', 'exec', 'run']) {
        const { message, hint } = usageError([command, option, 'bash']);
        expect(message).toBe(`Unknown option '${option}'.`);
        expect(hint).toMatch(/^devenv uses the terminal by itself/);
        expect(hint?.includes('devenv exec -- CMD')).toBe(command === 'exec');
      }
      expect(usageError(['up', option]).hint).not.toContain('terminal');
    },
  );

  it('that is refused says which command it was for', () => {
    expect(usageError(['exec', '--bad']).definition?.name).toBe('exec');
    expect(usageError(['bad']).definition).toBeUndefined();
  });
});

describe('help', () => {
  const commands = helpText(['--help']).split('Options, before')[0]!.split('\n').slice(1);

  it('names every command once, in groups, on lines of at most 80 characters', () => {
    for (const { name, group, summary } of commandTable) {
      if (name.includes(' ')) continue;
      const count = commands.filter((line) => line.trim().startsWith(`${name} `)).length;
      expect(count, name).toBe(group === undefined ? 0 : 1);
      if (group !== undefined) expect(commands.join('\n')).toContain(summary);
    }
    expect(commands.filter((line) => line.length > 80)).toEqual([]);
  });

  it('of a command has its options and examples, and where to find the global ones', () => {
    expect(helpText(['logs', '--help'])).toBe(
      [
        'Usage: devenv logs [options]',
        '',
        'Print what the container or the last build wrote.',
        '',
        'Options:',
        '  -f, --follow        go on as more is written',
        '  -n, --tail <LINES>  only the last LINES lines',
        '  --build             the output of the last build of the image instead',
        '  -h, --help          print help',
        '',
        'Options of every command: see "devenv --help".',
        '',
      ].join('\n'),
    );
    expect(helpText(['help', 'exec'])).toContain('devenv exec -- make -j4');
  });

  it('of run says where a task runs, and has an example that no tool in between swallows', () => {
    const help = helpText(['help', 'run']);
    expect(help).toContain('devenv run lint -- --fix');
    expect(help).toContain('./script.sh');
    expect(help).toContain('$DEVENV_ROOT');
  });
});

describe('the command table', () => {
  const names = commandTable.map(({ name }) => name).filter((name) => name !== 'completion');
  it.each(names)('has code for %s', async (name) => {
    expect(await loadCommand(name)).toBeTypeOf('function');
  });
});

function helpText(argv: string[]): string {
  const invocation = parseArgv(argv, '1.2.3');
  if (invocation.kind !== 'text') throw new Error('no help');
  return invocation.text;
}
