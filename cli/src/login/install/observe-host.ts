import { access, readFile } from 'node:fs/promises';
import type { HostFacts, SshdFacts } from './host-facts.ts';
import { onMachine, type Machine } from './machine.ts';
import { observeClosed } from './observe-closed.ts';
import { places } from './places.ts';
import { sshdIncludes, sudoersIncludes } from './read-includes.ts';
import { sshdSettings } from './sshd-settings.ts';
import { writableByOthers } from './writable-by-others.ts';

/** `node` is the real path of the node that is to run the broker. */
export async function observeHost(machine: Machine, node: string): Promise<HostFacts> {
  const writable = new Set<string>();
  for (const path of [node, ...needed.map(({ program }) => program), ...written]) {
    for (const found of await writableByOthers(machine, path)) writable.add(found);
  }
  const missing = [];
  for (const { program, from } of needed) {
    if (!(await exists(machine, program))) missing.push({ program, from });
  }
  const { exitCode } = await machine.run(['/bin/sh', '-p', '-c', ':']);
  return {
    node,
    writable: [...writable],
    closed: await observeClosed(machine, node),
    missing,
    shellIsPrivate: exitCode === 0,
    sudoersIncludes: sudoersIncludes(await text(machine, '/etc/sudoers')),
    sshd: await observeSshd(machine),
    policy: await text(machine, places.policy),
  };
}

const needed = [
  { program: '/usr/bin/sudo', from: 'sudo' },
  { program: '/usr/sbin/visudo', from: 'sudo' },
];

/** Where anybody else who can write could put another file in place of devenv's. */
const written = [
  `${places.library}/dist/main.cjs`,
  places.program,
  places.broker,
  places.shell,
  places.policy,
  places.sudoers,
  places.sshd,
  places.state,
  places.log,
].map((path) => path.slice(0, path.lastIndexOf('/')));

async function observeSshd(machine: Machine): Promise<SshdFacts | undefined> {
  // Somebody has to be named for the Match blocks; what is looked for stands outside of them.
  const settings = await sshdSettings(machine, 'root');
  if (settings === undefined) return undefined;
  return { includes: sshdIncludes(await text(machine, places.sshdConfig)), settings };
}

async function exists(machine: Machine, path: string): Promise<boolean> {
  return access(onMachine(machine, path)).then(
    () => true,
    () => false,
  );
}

async function text(machine: Machine, path: string): Promise<string> {
  return readFile(onMachine(machine, path), 'utf8').catch(() => '');
}
