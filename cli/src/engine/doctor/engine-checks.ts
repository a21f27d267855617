import { statfs } from 'node:fs/promises';
import type { EngineFacts } from '../../plan/world.ts';
import { DevenvError } from '../../errors.ts';
import type { Docker } from '../docker.ts';
import type { EngineInfo } from '../docker/answers.ts';
import { findProgram } from '../host/find-program.ts';
import { within } from '../host/within.ts';
import { type Check, fail, ok, warn } from './check.ts';

/** What the engine client speaks. */
const oldestApi = 1.41;
const gibibyte = 2 ** 30;

/** An image that everybody has access to, for seeing whether a registry answers at all. */
const publicImage = 'debian:stable-slim';
const registryPatience = 8_000;

/** Checks of an engine that answers. */
export async function engineChecks(
  docker: Docker,
  environment: Record<string, string | undefined>,
): Promise<Check[]> {
  const [facts, info] = await Promise.all([docker.facts(), docker.info()]);
  return [
    checkVersion(facts),
    checkStorage(info),
    checkLimits(info),
    ...(await Promise.all([
      checkInit(facts, info, environment),
      checkDisk(facts, info),
      checkRegistry(docker),
    ])),
  ].flat();
}

function checkVersion({ kind, version, apiVersion, rootless }: EngineFacts): Check {
  const name = 'engine version';
  const text = `${kind} ${version}, API ${apiVersion}${rootless ? ', rootless' : ''}`;
  return compareVersions(apiVersion, String(oldestApi)) >= 0
    ? ok(name, text)
    : fail(name, `${text} is too old.`, `devenv needs API ${oldestApi} (Docker 20.10) or newer.`);
}

function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function checkStorage({ Driver }: EngineInfo): Check {
  return Driver === 'vfs'
    ? warn(
        'storage',
        'The storage driver is vfs, which copies whole images: it takes much time and space.',
        'Put the engine’s data on a file system that overlay works on, such as ext4 or xfs.',
      )
    : ok('storage', Driver);
}

function checkLimits(info: EngineInfo): Check {
  const missing = [
    ...(info.MemoryLimit ? [] : ['mem_limit']),
    ...(info.CpuCfsQuota === true || info.CPUCfsQuota === true ? [] : ['cpus']),
    ...(info.PidsLimit ? [] : ['pids_limit']),
  ];
  return missing.length === 0
    ? ok('limits', 'memory, CPU and processes')
    : warn(
        'limits',
        `This engine cannot enforce ${missing.join(', ')}: they have no effect.`,
        'A rootless engine needs cgroup v2 with delegation (systemd); other engines need those control groups in the kernel.',
      );
}

/** Of a remote engine only the engine itself can tell. */
async function checkInit(
  { local, kind }: EngineFacts,
  { InitBinary }: EngineInfo,
  environment: Record<string, string | undefined>,
): Promise<Check[]> {
  if (!local || kind === 'podman' || InitBinary === undefined || InitBinary === '') return [];
  if (process.platform !== 'linux') return [];
  const search = { ...environment, PATH: `${environment.PATH}:/usr/libexec/docker` };
  const found = InitBinary.startsWith('/') ? InitBinary : await findProgram(InitBinary, search);
  return found === undefined
    ? [
        fail(
          'init',
          `${InitBinary} is missing, without which no workspace starts.`,
          'Install tini, or the whole of the engine’s package.',
        ),
      ]
    : [ok('init', found)];
}

async function checkDisk({ local }: EngineFacts, { DockerRootDir }: EngineInfo): Promise<Check[]> {
  const space = local ? await statfs(DockerRootDir).catch(() => undefined) : undefined;
  // A Docker Desktop's folder is inside its virtual machine.
  if (space === undefined) return [];
  const free = space.bavail * space.bsize;
  const text = `${(free / gibibyte).toFixed(1)} GiB free in ${DockerRootDir}`;
  const hint = 'Run "devenv prune" to free what no workspace uses.';
  if (free < gibibyte) return [fail('disk', `Only ${text}.`, hint)];
  return [free < 5 * gibibyte ? warn('disk', `Only ${text}.`, hint) : ok('disk', text)];
}

async function checkRegistry(docker: Docker): Promise<Check> {
  const hint =
    'Images that are here still work. "devenv image bootstrap debian:bookworm-slim" builds one without a registry; behind a proxy, give the engine the proxy’s address.';
  try {
    await within(registryPatience, docker.askRegistry(publicImage));
    return ok('registry', 'the engine reaches an image registry');
  } catch (error) {
    const why = error instanceof DevenvError ? error.message : 'it did not answer in time';
    return warn('registry', `The engine reaches no image registry: ${why}`, hint);
  }
}
