import type { Command, SimpleCommand } from '../config/config.ts';

/**
 * The argv that runs a hook or a task inside. Text goes to `sh -c`, a list is run as it is, and
 * named commands run in parallel, all to their end; the first failure gives the status.
 * Further arguments of the person's follow the command's own.
 */
export function commandArgv(command: Command, further: string[] = []): string[] {
  if (command.kind === 'parallel') return ['/bin/sh', '-c', parallelScript(command.commands)];
  if (command.kind === 'argv') return [...command.argv, ...further];
  if (further.length === 0) return ['/bin/sh', '-c', command.script];
  return ['/bin/sh', '-c', `${command.script} "$@"`, 'sh', ...further];
}

/** The argv of an interactive shell, after the attach hook if there is one. */
export function shellArgv(shell: string, attachHook: Command | undefined): string[] {
  if (attachHook === undefined) return [shell];
  // The hook's failure is seen in the terminal, and is no reason to lock the person out.
  const script = `${commandArgv(attachHook).map(quote).join(' ')}; exec ${quote(shell)}`;
  return ['/bin/sh', '-c', script];
}

/** A command as a person would call it. */
export function commandText(command: Command): string {
  switch (command.kind) {
    case 'shell':
      return command.script;
    case 'argv':
      return command.argv.join(' ');
    case 'parallel':
      return Object.keys(command.commands).join(' & ');
  }
}

/** One word for a POSIX shell, whatever is in it. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function parallelScript(commands: Record<string, SimpleCommand>): string {
  const starts = Object.values(commands).map(
    (command) => `${commandArgv(command).map(quote).join(' ')} & pids="$pids $!"`,
  );
  const waits =
    'status=0; for pid in $pids; do wait $pid || { code=$?; [ $status -ne 0 ] || status=$code; }; done; exit $status';
  return `pids=; ${starts.join('; ')}; ${waits}`;
}
