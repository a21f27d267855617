import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DevenvError } from '../../errors.ts';
import { findProgram, programPath } from '../host/find-program.ts';
import type { EngineFiles } from './engine-files.ts';
import type { EngineNetwork } from './network.ts';
import type { EngineOwner } from './owner.ts';
import { findRootlessScript } from './rootless-requirements.ts';

export interface DaemonCommand {
  argv: [string, ...string[]];
  environment: Record<string, string | undefined>;
}

/** How a root engine is started: real dockerd, everything of its own. */
export async function rootCommand(
  { environment }: EngineOwner,
  files: EngineFiles,
  { bridge, prefix }: EngineNetwork,
): Promise<DaemonCommand> {
  const dockerd = (await findProgram('dockerd', environment)) ?? 'dockerd';
  // Where dockerd uses the system's containerd, two engines would meet in its namespace "moby".
  const namespace = `devenv-${createHash('sha256').update(files.data).digest('hex').slice(0, 6)}`;
  return {
    argv: [
      dockerd,
      ...commonArguments(files),
      '--bridge',
      bridge,
      '--iptables=false',
      '--ip6tables=false',
      '--ip-masq=false',
      // With an address pool and without this, dockerd deletes docker0 when it starts again,
      // whoever uses it (removeDefaultBridgeInterface in moby's daemon_unix.go).
      '--live-restore',
      '--default-address-pool',
      `base=${prefix}.0.0/16,size=24`,
      ...mtuArguments(),
      '--containerd-namespace',
      namespace,
      '--containerd-plugins-namespace',
      `${namespace}-plugins`,
    ],
    environment: daemonEnvironment(environment),
  };
}

/** How an ordinary person's engine is started: dockerd in rootlesskit's namespaces. */
export async function rootlessCommand(
  { caller, environment }: EngineOwner,
  files: EngineFiles,
): Promise<DaemonCommand> {
  if (/\s/.test(files.run)) {
    throw new DevenvError(
      'engine_start_failed',
      `A rootless engine cannot live in ${files.run}: dockerd-rootless.sh takes no white space.`,
      { hint: 'Set DEVENV_ENGINE_FOLDER to another folder of yours.' },
    );
  }
  const script = (await findRootlessScript(environment)) ?? 'dockerd-rootless.sh';
  const state = join(files.run, 'rootlesskit');
  return {
    argv: [script, ...commonArguments(files)],
    environment: {
      ...daemonEnvironment(environment),
      HOME: caller.home,
      XDG_RUNTIME_DIR: usableRuntimeFolder(environment, caller.uid) ?? files.run,
      // Beside another rootless engine of the same person, and nothing left in /tmp.
      DOCKERD_ROOTLESS_ROOTLESSKIT_STATE_DIR: state,
      DOCKERD_ROOTLESS_ROOTLESSKIT_FLAGS: `--state-dir=${state}`,
    },
  };
}

function commonArguments({ config, data, exec, pidFile, socket }: EngineFiles): string[] {
  const host = `unix://${socket}`;
  return [
    '--config-file',
    config,
    '--data-root',
    data,
    '--exec-root',
    exec,
    '--pidfile',
    pidFile,
    '-H',
    host,
  ];
}

function daemonEnvironment(environment: EngineOwner['environment']): DaemonCommand['environment'] {
  // systemd's sockets and notifications are meant for the process that started us.
  const notOurs = { NOTIFY_SOCKET: undefined, LISTEN_FDS: undefined, LISTEN_PID: undefined };
  return { ...environment, ...notOurs, PATH: programPath(environment) };
}

/** `su` keeps the XDG_RUNTIME_DIR of the person before; only one's own folder will do. */
function usableRuntimeFolder(
  { XDG_RUNTIME_DIR: folder }: EngineOwner['environment'],
  uid: number,
): string | undefined {
  if (folder === undefined || !existsSync(folder)) return undefined;
  return statSync(folder).uid === uid ? folder : undefined;
}

/** Tunnels and clouds carry smaller packets than Ethernet; a larger bridge makes them vanish. */
function mtuArguments(): string[] {
  const route = readFileSync('/proc/net/route', 'utf8')
    .split('\n')
    .map((line) => line.split(/\s+/))
    .find(([, destination]) => destination === '00000000');
  const file = `/sys/class/net/${route?.[0] ?? ''}/mtu`;
  if (route === undefined || !existsSync(file)) return [];
  const mtu = Number(readFileSync(file, 'utf8'));
  return mtu >= 1280 && mtu < 1500 ? ['--mtu', String(mtu)] : [];
}
