import { DevenvError } from '../../errors.ts';

/** Whether a foreign error says that the thing does not exist (HTTP 404). */
export function isGone(error: unknown): boolean {
  return statusOf(error) === 404;
}

/** Turns what dockerode or the socket threw into a DevenvError, once, at this border. */
export function translateEngineError(error: unknown, what: string, host: string): DevenvError {
  if (error instanceof DevenvError) return error;
  const cause = error;
  const message = engineMessage(error);
  const system = (error as NodeJS.ErrnoException).code;

  if (system !== undefined && unreachable[system] !== undefined && !isOfFile(error)) {
    return new DevenvError('engine_unreachable', `The engine at ${host} ${unreachable[system]}`, {
      hint: 'Run "devenv doctor" to see what was tried, or "devenv engine start" for one of your own.',
      cause,
    });
  }
  if (/no space left on device|disk quota exceeded/i.test(message)) {
    return new DevenvError('disk_full', `The engine's disk is full: could not ${what}.`, {
      hint: 'Run "devenv prune" to free what no workspace uses.',
      details: [message],
      cause,
    });
  }
  const port = /(?:bind for|listen (?:tcp|udp)\d?) [^ ]*?:(\d+)/i.exec(message);
  if (port !== null && /already (?:allocated|in use)/i.test(message)) {
    return new DevenvError('port_taken', `Port ${port[1]} of this host is already taken.`, {
      hint: 'Stop what uses it, or let devenv choose: in "ports", write the container port alone.',
      cause,
    });
  }
  if (statusOf(error) === 409 && /name .* is already in use/i.test(message)) {
    return new DevenvError('name_taken', message, {
      hint: 'Remove or rename that container; devenv touches only what it made.',
      cause,
    });
  }
  if (/storage[- ]opt/i.test(message)) {
    return new DevenvError('engine_failed', 'The engine cannot limit the disk of a container.', {
      hint: 'An administrator has to take "disk" out of the policy’s limits, or give the engine a storage driver that can, such as overlay2 on XFS with pquota.',
      details: [message],
      cause,
    });
  }
  const users = /volume is in use - \[([0-9a-f, ]+)\]/.exec(message)?.[1];
  if (users !== undefined) {
    const containers = users.split(', ').map((id) => id.slice(0, 12));
    return new DevenvError('engine_failed', `Could not ${what}, which is in use.`, {
      hint: `Remove what uses it, container ${containers.join(', ')}, then run the same command again.`,
      cause,
    });
  }
  return new DevenvError('engine_failed', `The engine could not ${what}: ${message}`, {
    hint: 'Run the same command again. If it fails in the same way, "devenv doctor" shows how the engine is.',
    cause,
  });
}

/** What the engine says is wrong, without the wrapping that dockerode adds. */
export function engineMessage(error: unknown): string {
  const json = (error as { json?: { message?: unknown } | null }).json;
  if (typeof json?.message === 'string') return json.message.trim();
  return error instanceof Error ? error.message.trim() : String(error);
}

/** A file that could not be sent, as against a socket that could not be reached. */
function isOfFile(error: unknown): boolean {
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  return ['ENOENT', 'EACCES', 'EPERM'].includes(code) && syscall !== 'connect';
}

const unreachable: Record<string, string> = {
  ENOENT: 'does not exist.',
  ECONNREFUSED: 'does not answer: nothing listens there.',
  EACCES: 'may not be used by you: permission denied.',
  EPERM: 'may not be used by you: permission denied.',
  ECONNRESET: 'went away in the middle of a call.',
  EPIPE: 'went away in the middle of a call.',
  ETIMEDOUT: 'does not answer in time.',
  EHOSTUNREACH: 'cannot be reached.',
  ENETUNREACH: 'cannot be reached.',
  ENOTFOUND: 'has a host name that cannot be resolved.',
  EAI_AGAIN: 'has a host name that cannot be resolved now.',
};

function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}
