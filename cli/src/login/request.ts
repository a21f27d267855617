/** What somebody wants who logs in. */
export interface LoginRequest {
  /** The repository that is named first, as in `ssh host @shop make test`. */
  repository: string | undefined;
  /** The rest, byte for byte; undefined for a shell. */
  command: Buffer | undefined;
  /** Which program of the image's serves it, where that is one of those that ssh's clients need. */
  service: Service | undefined;
}

export type Service = 'sftp' | 'scp' | 'rsync' | 'git';

/** Reads what OpenSSH hands over in SSH_ORIGINAL_COMMAND; undefined where it hands over nothing. */
export function readRequest(original: Buffer | undefined): LoginRequest {
  const text = original?.toString('latin1') ?? '';
  const named = /^@([\w.+-]+(?:\/[\w.+-]+)*)(?:[ \t]+|$)/.exec(text);
  const rest = original?.subarray(named?.[0].length ?? 0);
  const command = rest === undefined || rest.length === 0 ? undefined : rest;
  return { repository: named?.[1], command, service: command && serviceOf(command) };
}

/** Subsystems arrive as the server's own Subsystem line, the others as their clients write them. */
function serviceOf(command: Buffer): Service | undefined {
  const text = command.toString('latin1');
  if (/^(internal-sftp|(\/[\w./-]*\/)?sftp-server)( -[\w ./-]*)?$/.test(text)) return 'sftp';
  if (/^scp( -\w+)* -[tf] /.test(text)) return 'scp';
  if (/^rsync --server /.test(text)) return 'rsync';
  if (/^git[ -](upload-pack|receive-pack|upload-archive) /.test(text)) return 'git';
  return undefined;
}
