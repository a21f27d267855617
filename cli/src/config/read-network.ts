import { isIP } from 'node:net';
import type { NetworkSettings } from './config.ts';
import type { Draft } from './draft.ts';
import type { Path } from './tree.ts';

export function readNetwork(draft: Draft): NetworkSettings {
  return {
    mode: draft.file.network_mode,
    extraHosts: readExtraHosts(draft),
    dns: readNameServers(draft),
  };
}

function readExtraHosts(draft: Draft): string[] {
  const { extra_hosts: written = [] } = draft.file;
  const lines = Array.isArray(written)
    ? written.map((text, index) => {
        const [, name = '', address = ''] = /^([^:=]+)[:=](.*)$/.exec(text) ?? [];
        return { name, address, path: ['extra_hosts', index] };
      })
    : Object.entries(written).map(([name, address]) => {
        return { name, address, path: ['extra_hosts', name] };
      });
  return lines.flatMap(({ name, address, path }) => readHost(draft, name, address, path) ?? []);
}

function readHost(draft: Draft, name: string, written: string, path: Path): string | undefined {
  const address = written.replace(/^\[(.*)\]$/, '$1');
  const knows = address === 'host-gateway' || isIP(address) !== 0;
  if (knows && /^[A-Za-z0-9_.-]+$/.test(name)) return `${name}:${address}`;
  const hint = 'For example: "db.test:10.0.0.5" or "host.docker.internal:host-gateway"';
  draft.error('bad-value', path, `No host name and address: ${draft.quoted(path)}`, hint);
  return undefined;
}

function readNameServers(draft: Draft): string[] {
  const { dns = [] } = draft.file;
  return [dns].flat().filter((address, index) => {
    if (isIP(address) !== 0) return true;
    const path = Array.isArray(dns) ? ['dns', index] : ['dns'];
    draft.error('bad-value', path, `"dns" takes IP addresses: ${draft.quoted(path)}`);
    return false;
  });
}
