import { posix } from 'node:path';
import type { Config } from '../config/config.ts';

/**
 * What of the host, beside its own folder, a project's file gives to its containers, in words: what
 * a person wants to hear before a repository of somebody else runs anything. What every workspace
 * gets (see `forward`) is not among it.
 *
 * @param realPath Follows symbolic links: one in a repository may lead anywhere.
 */
export function hostReach(config: Config, realPath: (path: string) => string): string[] {
  const root = realPath(config.project.root);
  const isOutside = (path: string): boolean => {
    const rest = posix.relative(root, realPath(path));
    return rest === '..' || rest.startsWith('../');
  };
  return [
    ...mounts(config, isOutside),
    ...secrets(config, isOutside),
    ...buildFiles(config, isOutside),
    ...rights(config),
  ];
}

type Test = (path: string) => boolean;

function mounts({ mounts: all, home }: Config, isOutside: Test): string[] {
  const bound = all.filter(({ type, source }) => type === 'bind' && isOutside(source));
  // Homes and caches of other workspaces have such names.
  const others = all.filter(({ type, source }) => type === 'volume' && /^devenv-/.test(source));
  return [
    ...(home === 'host' ? ['your home folder'] : []),
    ...bound.map(({ source, readOnly }) => `${source}${readOnly ? ', to read' : ''}`),
    ...others.map(({ source }) => `the volume ${source}`),
  ];
}

function secrets({ secrets: all }: Config, isOutside: Test): string[] {
  return Object.entries(all).flatMap(([name, source]) => {
    if (source.from === 'environment') return [`your variable ${source.name}, as ${name}`];
    if (source.from === 'file' && isOutside(source.path)) return [`${source.path}, as ${name}`];
    return [];
  });
}

function buildFiles({ image }: Config, isOutside: Test): string[] {
  if (image.kind !== 'build') return [];
  return [image.context, image.dockerfile]
    .filter(isOutside)
    .map((path) => `${path}, to build from`);
}

function rights({ security, network }: Config): string[] {
  const { privileged, devices, capAdd, securityOpt } = security;
  const loose = securityOpt.filter((option) => !/^no-new-privileges(:true)?$/.test(option));
  return [
    ...(privileged ? ['every right that root has on this host (privileged)'] : []),
    ...devices.map(({ host }) => `the device ${host}`),
    ...capAdd.map((name) => `the capability ${name}`),
    ...loose.map((option) => `the security option ${option}`),
    ...(network.mode === 'host' ? ['the network of this host'] : []),
  ];
}
