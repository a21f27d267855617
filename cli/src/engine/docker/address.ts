import type Dockerode from 'dockerode';

/** Where an engine listens: one of the DOCKER_HOST forms, with its TLS material if it has any. */
export interface EngineAddress {
  /** `unix:///…`, `npipe:////./pipe/…`, `tcp://host:port`, `ssh://…` */
  host: string;
  tls?: { ca: string; cert: string; key: string };
}

/** The address as dockerode takes it. */
export function connectionOptions({ host, tls }: EngineAddress): Dockerode.DockerOptions {
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) };
  if (host.startsWith('npipe://')) return { socketPath: host.slice('npipe://'.length) };
  const url = new URL(host);
  if (url.protocol === 'ssh:') {
    return {
      protocol: 'ssh',
      host: url.hostname,
      port: url.port || 22,
      username: url.username,
      sshOptions: { agent: process.env.SSH_AUTH_SOCK },
    };
  }
  return {
    host: url.hostname,
    port: url.port || (tls ? 2376 : 2375),
    protocol: tls ? 'https' : 'http',
    ...tls,
  };
}
