import { access } from 'node:fs/promises';
import type { SshdFacts } from './host-facts.ts';
import { onMachine, type Machine } from './machine.ts';
import { withSshdFolder } from './sshd-folder.ts';

/** What sshd would do with somebody, by its own word; undefined where it is not installed. */
export async function sshdSettings(
  machine: Machine,
  user: string,
): Promise<SshdFacts['settings'] | undefined> {
  const isThere = await access(onMachine(machine, '/usr/sbin/sshd')).then(
    () => true,
    () => false,
  );
  if (!isThere) return undefined;
  const who = `user=${user},host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22`;
  const { exitCode, stdout, tail } = await withSshdFolder(machine, () =>
    machine.run(['/usr/sbin/sshd', '-T', '-C', who]),
  );
  if (exitCode !== 0) return { complaint: tail };
  const lines = stdout.split('\n').map((line): [string, string] => {
    const [name = '', ...words] = line.split(' ');
    return [name, words.join(' ')];
  });
  return new Map(lines);
}
