import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import Dockerode from 'dockerode';
import { rootlessRequirements } from '../../../cli/src/engine/private-engine/rootless-requirements.ts';
import { program } from '../cli.ts';
import { engineApi } from '../engine-api.ts';
import type { LoginHost } from '../login-host.ts';

/** The socket of a person's own engine, by their home or by the template for it. */
export function ownSocket(home: string): string {
  return join(home, '.local/state/devenv/engine/run/docker.sock');
}

/** Why people of a shared host can have no rootless engines here; undefined where they can. */
export async function noOwnEngines(): Promise<string | undefined> {
  // What systemd does on other machines.
  if (existsSync('/dev/net/tun')) chmodSync('/dev/net/tun', 0o666);
  const caller = { uid: 1, gid: 1, home: '/', name: 'nobody-yet', platform: process.platform };
  const missing = await rootlessRequirements({ caller, environment: process.env });
  // Their ranges of ids are made with them.
  return missing.find(({ lack }) => !lack.includes('range of 65536 ids'))?.lack;
}

/** Starts the rootless engine of one of a host's people, and gives it the host's image. */
export async function startOwnEngine(host: LoginHost, name: string): Promise<Dockerode> {
  const { uid, home } = host.account(name);
  const first = 200_000 + (uid % 1_000) * 65_536;
  for (const option of ['--add-subuids', '--add-subgids']) {
    await host.asRoot(['usermod', option, `${first}-${first + 65_535}`, name]);
  }
  const start = await host.asUser(name, [process.execPath, program, 'engine', 'start']);
  if (start.status !== 0) throw new Error(`${name} has no engine: ${start.stderr}`);
  const own = new Dockerode({ socketPath: ownSocket(home) });
  const image = await engineApi().getImage(host.image).get();
  await own.loadImage(image);
  return own;
}

/** Ends that engine with all that runs on it. */
export async function stopOwnEngine(host: LoginHost, name: string): Promise<void> {
  await host.asUser(name, [process.execPath, program, 'engine', 'stop', '--yes']);
}
