import type { Person } from '../person.ts';
import { thisMachine, type Machine } from './machine.ts';
import { places } from './places.ts';
import { sshdSettings } from './sshd-settings.ts';

/**
 * What of sshd's configuration, as it is for one person, lets them in by another door than the
 * login shell, or lets code of theirs run on the host; each as a sentence. Nothing where sshd is
 * not installed.
 */
export async function checkDoor(
  { name }: Pick<Person, 'name'>,
  machine: Machine = thisMachine(),
): Promise<string[]> {
  const settings = await sshdSettings(machine, name);
  if (settings === undefined) return [];
  if (!(settings instanceof Map)) {
    return [`sshd does not accept its configuration: ${settings.complaint.join(' ')}`];
  }
  return doorProblems(name, settings);
}

/** The same, of settings as `sshd -T` prints them. */
export function doorProblems(name: string, settings: Map<string, string>): string[] {
  const problems: string[] = [];
  const command = settings.get('forcecommand') ?? 'none';
  if (command !== places.shell) {
    problems.push(
      `sshd gives ${name} ${command === 'none' ? 'whatever they ask for' : `"${command}"`} in place of ${places.shell}: is ${name} in the group devenv, and does no earlier Match block of sshd’s name another ForceCommand? Another door is open.`,
    );
  }
  for (const [key, wanted] of Object.entries(closed)) {
    const found = settings.get(key);
    if (found === undefined || found === wanted) continue;
    problems.push(`sshd has ${key} ${found} for ${name}: an earlier setting than devenv’s wins.`);
  }
  return problems;
}

const closed = {
  permituserrc: 'no',
  permituserenvironment: 'no',
  allowtcpforwarding: 'no',
  allowstreamlocalforwarding: 'no',
  permittunnel: 'no',
  x11forwarding: 'no',
};
