import type Dockerode from 'dockerode';
import type { ContainerSpec, ResolvedMount } from '../../plan/container-spec.ts';

/** The body of POST /containers/create (Docker engine API 1.41) for a specification. */
export function toCreateOptions(spec: ContainerSpec): Dockerode.ContainerCreateOptions {
  const { resources, security, network } = spec;
  return {
    Image: spec.image,
    Hostname: spec.hostname,
    User: spec.user,
    ...(spec.entrypoint && { Entrypoint: spec.entrypoint }),
    ...(spec.command && { Cmd: spec.command }),
    // What an image would have run again and again, nobody has looked at.
    ...(spec.limits && { Healthcheck: { Test: ['NONE'] } }),
    WorkingDir: spec.workingDir,
    Env: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
    Labels: spec.labels,
    StopTimeout: spec.stopTimeout,
    ExposedPorts: Object.fromEntries(spec.ports.map((port) => [portKey(port), {}])),
    HostConfig: {
      Init: spec.init,
      Mounts: spec.mounts.map(toMount),
      PortBindings: portBindings(spec.ports),
      PidsLimit: resources.pids,
      ...(resources.cpus !== undefined && { NanoCpus: Math.round(resources.cpus * 1e9) }),
      ...(resources.memory !== undefined && { Memory: resources.memory }),
      ...(spec.limits && confined(spec.limits, resources.memory)),
      ...(resources.shmSize !== undefined && { ShmSize: resources.shmSize }),
      CapAdd: security.capAdd,
      CapDrop: security.capDrop,
      Privileged: security.privileged,
      SecurityOpt: security.securityOpt,
      Devices: security.devices.map((device) => ({
        PathOnHost: device.host,
        PathInContainer: device.container,
        CgroupPermissions: device.permissions,
      })),
      ...(security.gpus !== undefined && {
        DeviceRequests: [
          {
            Driver: '',
            Count: security.gpus === 'all' ? -1 : security.gpus,
            Capabilities: [['gpu']],
          },
        ],
      }),
      Sysctls: security.sysctls,
      Ulimits: security.ulimits.map(({ name, soft, hard }) => ({
        Name: name,
        Soft: soft,
        Hard: hard,
      })),
      ...(network.mode !== undefined && { NetworkMode: network.mode }),
      ExtraHosts: network.extraHosts,
      Dns: network.dns,
    },
  };
}

/** No swap beside the memory, and a log that stays small: sessions can write to it. */
function confined(
  { logBytes, diskBytes }: NonNullable<ContainerSpec['limits']>,
  memory: number | undefined,
): Dockerode.HostConfig {
  return {
    ...(memory !== undefined && { MemorySwap: memory }),
    LogConfig: { Type: 'json-file', Config: { 'max-size': String(logBytes), 'max-file': '1' } },
    ...(diskBytes !== undefined && { StorageOpt: { size: String(diskBytes) } }),
  };
}

function toMount(mount: ResolvedMount): Dockerode.MountSettings {
  return {
    Type: mount.type,
    Source: mount.source,
    Target: mount.target,
    ReadOnly: mount.readOnly,
  };
}

function portKey(port: { container: number; protocol: string }): string {
  return `${port.container}/${port.protocol}`;
}

function portBindings(ports: ContainerSpec['ports']): Dockerode.PortMap {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of ports) {
    (bindings[portKey(port)] ??= []).push({ HostIp: port.hostIp, HostPort: String(port.host) });
  }
  return bindings;
}
