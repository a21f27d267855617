/** Of draft-ietf-secsh-filexfer-02, which is the version 3 that everybody speaks. */
const packets = { version: 2, status: 101 };
const failure = 4;

/**
 * What a client of sftp understands in place of a server: the server's greeting, and that
 * the client's first request has failed, with the reason. sshd hands nothing else of a subsystem's
 * on to it, its stderr least of all.
 */
export function sftpRefusal(reason: string): Buffer {
  const greeting = packet(packets.version, number(3));
  // OpenSSH's clients count their requests from 1; to others this is an answer to no question.
  const refusal = packet(packets.status, number(1), number(failure), text(reason), text(''));
  return Buffer.concat([greeting, refusal]);
}

function packet(type: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat([Buffer.from([type]), ...parts]);
  return Buffer.concat([number(content.length), content]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([number(bytes.length), bytes]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
