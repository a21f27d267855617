import { places } from './places.ts';

/**
 * What the wrapper becomes where people have engines of their own: it starts the broker as the
 * person. Their environment is all there, and what a program loads because of it would be code of
 * theirs on the host: only what is named here goes on.
 */
export function ownBrokerText(node: string, { sshAgent }: { sshAgent: boolean }): string {
  const kept = [...travelling, ...(sshAgent ? ['SSH_AUTH_SOCK'] : [])];
  return `#!/bin/sh -p
# Starts the broker of devenv-shell as whoever logs in. Written by "devenv login install".

cd / || exit 1
umask 077
unset ${loading.join(' ')}
exec /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ XDG_CACHE_HOME=${places.cache} \\
${kept.map((name) => `  \${${name}+"${name}=$${name}"} \\\n`).join('')}  ${node} ${places.program} __login-broker
`;
}

const locale = ['ALL', 'ADDRESS', 'COLLATE', 'CTYPE', 'IDENTIFICATION', 'MEASUREMENT', 'MESSAGES'];
const moreLocale = ['MONETARY', 'NAME', 'NUMERIC', 'PAPER', 'TELEPHONE', 'TIME'];

const travelling = [
  'TERM',
  'LANG',
  ...[...locale, ...moreLocale].map((name) => `LC_${name}`),
  ...['SSH_CONNECTION', 'SSH_ORIGINAL_COMMAND', 'SSH_TTY'],
];

/** What env itself would load. */
const loading = ['LD_AUDIT', 'LD_LIBRARY_PATH', 'LD_PRELOAD', 'GLIBC_TUNABLES', 'GCONV_PATH'];
