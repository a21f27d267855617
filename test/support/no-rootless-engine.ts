import { chmodSync, existsSync } from 'node:fs';
import { execa } from 'execa';
import { rootlessRequirements } from '../../cli/src/engine/private-engine/rootless-requirements.ts';
import type { OrdinaryUser } from './ordinary-user.ts';

/** Why that user can run no rootless engine here; undefined where they can. For root to ask. */
export async function noRootlessEngine(user: OrdinaryUser): Promise<string | undefined> {
  const { uid, gid, home, name } = user;
  const node = await execa(process.execPath, ['--version'], { uid, gid, cwd: '/', reject: false });
  if (node.failed) return `an ordinary user cannot run ${process.execPath}`;
  // What systemd does on other machines.
  if (existsSync('/dev/net/tun')) chmodSync('/dev/net/tun', 0o666);
  const caller = { uid, gid, home, name, platform: process.platform };
  const missing = await rootlessRequirements({ caller, environment: process.env });
  return missing[0]?.lack;
}
