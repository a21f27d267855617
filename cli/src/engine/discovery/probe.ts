import { connect, type NetConnectOpts } from 'node:net';
import type { EngineAddress } from '../docker/address.ts';

export type ProbeReason = 'absent' | 'refused' | 'denied' | 'timeout' | 'unresolvable' | 'other';

export interface ProbeFailure {
  reason: ProbeReason;
  /** Completes "The engine at …": `does not exist`. */
  message: string;
}

/** Milliseconds. A socket of this machine answers in a fraction of one; a network takes longer. */
const localTimeout = 1_000;
const remoteTimeout = 5_000;

/**
 * Whether something accepts connections there; undefined when it does. No request is made, as
 * this is on the path of every `devenv exec`. ssh is let through: only a login could tell.
 */
export function probe({ host, tls }: EngineAddress): Promise<ProbeFailure | undefined> {
  if (host.startsWith('ssh://')) return Promise.resolve(undefined);
  const local = /^(unix|npipe):\/\//.test(host);
  return tryConnecting(
    local
      ? { path: host.replace(/^\w+:\/\//, '') }
      : tcpTarget(host, tls === undefined ? 2375 : 2376),
    local ? localTimeout : remoteTimeout,
  );
}

function tcpTarget(host: string, defaultPort: number): NetConnectOpts {
  const url = new URL(host);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || defaultPort) };
}

function tryConnecting(target: NetConnectOpts, timeout: number): Promise<ProbeFailure | undefined> {
  return new Promise((resolve) => {
    const socket = connect(target);
    const finish = (failure?: ProbeFailure): void => {
      socket.destroy();
      resolve(failure);
    };
    socket.setTimeout(timeout, () => {
      finish({ reason: 'timeout', message: `does not answer within ${timeout / 1000} s` });
    });
    socket.once('connect', () => {
      finish();
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      finish(describe(error));
    });
  });
}

function describe(error: NodeJS.ErrnoException): ProbeFailure {
  return (
    failures[error.code ?? ''] ?? { reason: 'other', message: `cannot be used: ${error.message}` }
  );
}

const denied: ProbeFailure = { reason: 'denied', message: 'may not be used by you' };

const failures: Record<string, ProbeFailure> = {
  ENOENT: { reason: 'absent', message: 'does not exist' },
  ENOTDIR: { reason: 'absent', message: 'does not exist' },
  ECONNREFUSED: { reason: 'refused', message: 'is not running: nothing listens there' },
  ENOTSOCK: { reason: 'other', message: 'is not a socket' },
  EACCES: denied,
  EPERM: denied,
  ETIMEDOUT: { reason: 'timeout', message: 'does not answer' },
  EHOSTUNREACH: { reason: 'other', message: 'cannot be reached over the network' },
  ENETUNREACH: { reason: 'other', message: 'cannot be reached over the network' },
  ENOTFOUND: { reason: 'unresolvable', message: 'has a host name nobody knows' },
  EAI_AGAIN: { reason: 'unresolvable', message: 'has a host name that cannot be looked up now' },
};
