import type { BaseImage } from './parse-reference.ts';

interface Contents {
  image: BaseImage;
  /** Of sources.list; empty leaves the one that is there. */
  sources: string[];
  /** Of apt.conf, as the machine needs them. */
  aptLines: string[];
}

/**
 * A POSIX sh script that turns the root file system in $1 into an image: working sources, no
 * caches, no service starting on installation, and for slim images no documentation. The files
 * follow those of the official images.
 */
export function finishScript({ image, sources, aptLines }: Contents): string {
  return [
    '#!/bin/sh',
    'set -eu',
    'root=${1:?}',
    ...(sources.length === 0 ? [] : [file('/etc/apt/sources.list', sources)]),
    file('/etc/apt/apt.conf.d/90devenv-image', [...aptForImages, ...aptLines]),
    file('/etc/dpkg/dpkg.cfg.d/90devenv-image', ['force-unsafe-io']),
    // dpkg asks this before it starts a service; there is no init to start one.
    file('/usr/sbin/policy-rc.d', ['#!/bin/sh', 'exit 101']),
    'chmod 755 "$root/usr/sbin/policy-rc.d"',
    ...(image.slim ? [slim] : []),
    tidy,
    '',
  ].join('\n');
}

function file(path: string, lines: string[]): string {
  return [`cat > "$root${path}" <<'DEVENV'`, ...lines, 'DEVENV'].join('\n');
}

const cleanup = 'rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true';

const aptForImages = [
  `DPkg::Post-Invoke { "${cleanup}"; };`,
  'Dir::Cache::pkgcache "";',
  'Dir::Cache::srcpkgcache "";',
  'Acquire::Languages "none";',
  'Acquire::GzipIndexes "true";',
  'Apt::AutoRemove::SuggestsImportant "false";',
];

const excluded = ['doc', 'groff', 'info', 'lintian', 'linda', 'locale', 'man'];
const kept = ['doc/*/copyright', 'locale/locale.alias'];

const slim = [
  file('/etc/dpkg/dpkg.cfg.d/91devenv-slim', [
    ...excluded.map((name) => `path-exclude /usr/share/${name}/*`),
    ...kept.map((name) => `path-include /usr/share/${name}`),
  ]),
  `for name in ${excluded.join(' ')}; do`,
  '  [ -d "$root/usr/share/$name" ] || continue',
  // The folders of the manual stay: some packages link into them without making them.
  '  find "$root/usr/share/$name" -depth ! -type d ! -name copyright ! -name locale.alias -delete',
  '  [ "$name" = man ] || find "$root/usr/share/$name" -mindepth 1 -depth -type d -empty -delete',
  'done',
].join('\n');

const tidy = [
  'rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/archives/*.deb "$root"/var/cache/apt/*.bin',
  // Not /tmp: mmdebstrap keeps its apt.conf there, and would clean up this machine without it.
  'rm -rf "$root/debootstrap" "$root"/var/cache/ldconfig/*',
  'rm -f "$root"/var/lib/dpkg/*-old "$root/etc/hostname" "$root/etc/resolv.conf"',
  'find "$root/var/log" -type f -delete',
  'if [ -e "$root/etc/machine-id" ]; then : > "$root/etc/machine-id"; fi',
].join('\n');
