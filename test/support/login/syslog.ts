import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { AuditLine, LoginHost } from '../login-host.ts';

export interface Syslog {
  /** What devenv has written, with facility and severity as `<38>` has them. */
  messages(): { priority: number; text: string }[];
  /** The audit lines among it. */
  audit(): AuditLine[];
  /** From now on nobody listens. */
  close(): Promise<void>;
}

/**
 * Makes a /dev/log that is seen on this host alone, and takes down what arrives. logger(1) takes a
 * stream where there is no datagram socket, of which Node has none.
 */
export async function openSyslog(host: LoginHost): Promise<Syslog> {
  const socket = join(host.folder, 'syslog.sock');
  const arrived: Buffer[] = [];
  const server = createServer((connection) => {
    connection.on('data', (chunk) => arrived.push(chunk));
  }).listen(socket);
  await once(server, 'listening');
  await chmod(socket, 0o666);
  await host.asRoot(['sh', '-euc', ownDevices(socket)]);

  const messages: Syslog['messages'] = () =>
    Buffer.concat(arrived)
      .toString()
      .split(/\0|\n/)
      .flatMap((line) => {
        const [, priority, text] = /^<(\d+)>.*? devenv: (.*)$/.exec(line) ?? [];
        return text === undefined ? [] : [{ priority: Number(priority), text }];
      });
  return {
    messages,
    audit: () => messages().map(({ text }) => JSON.parse(text) as AuditLine),
    close: async () => {
      server.close();
      await rm(socket, { force: true });
    },
  };
}

/** /dev as it is, but for its log: one cannot be put over what is not there. */
function ownDevices(socket: string): string {
  return `
new=$(mktemp -d)
mount -t tmpfs -o mode=755 tmpfs "$new"
for each in /dev/*; do
  name=\${each#/dev/}
  case $name in
    log) ;;
    ptmx) ln -s pts/ptmx "$new/ptmx" ;;
    *)
      if [ -h "$each" ]; then cp -P "$each" "$new/$name"
      elif [ -d "$each" ]; then mkdir "$new/$name"; mount --rbind "$each" "$new/$name"
      else : > "$new/$name"; mount --bind "$each" "$new/$name"
      fi ;;
  esac
done
ln -s ${socket} "$new/log"
mount --move "$new" /dev
rmdir "$new"
`;
}
