import { DevenvError } from '../../errors.ts';

/**
 * An engine address in the form the engine client takes. Like the docker CLI it takes
 * `host:port` for tcp and `unix://` for the default socket; a bare absolute path is a socket.
 * Fails with `usage`, naming `via`, where the address stood.
 */
export function parseAddress(text: string, via: string): string {
  const address = text.trim();
  if (address === 'unix://') return 'unix:///var/run/docker.sock';
  if (address.startsWith('/')) return `unix://${address}`;
  if (/^unix:\/\/\/./.test(address) || /^npipe:\/\/\/\/\.\/pipe\/./.test(address)) return address;
  if (/^(tcp|http|ssh):\/\//.test(address)) return remoteAddress(address, text, via);
  if (/^[\w.-]+:\d+$/.test(address)) return `tcp://${address}`;
  throw notAnAddress(text, via);
}

function remoteAddress(address: string, text: string, via: string): string {
  const normal = address.replace(/^http:/, 'tcp:');
  if (!URL.canParse(normal) || new URL(normal).hostname === '') throw notAnAddress(text, via);
  return normal;
}

function notAnAddress(text: string, via: string): DevenvError {
  return new DevenvError('usage', `"${text}" (from ${via}) is not the address of an engine.`, {
    hint: 'Write unix:///path/to/docker.sock, tcp://host:port or ssh://user@host.',
  });
}
