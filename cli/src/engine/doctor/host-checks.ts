import { access, readFile } from 'node:fs/promises';
import { findProgram } from '../host/find-program.ts';
import { findCaFiles } from '../session/host-certificates.ts';
import { probe } from '../discovery/probe.ts';
import { type Check, fail, ok, warn } from './check.ts';

type Environment = Record<string, string | undefined>;

/** The first version that runs the whole of devenv. */
const oldestNode = [20, 19];

export function checkNode(version = process.versions.node): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = oldestNode;
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
    ? ok('node', `Node.js ${version}`)
    : fail('node', `Node.js ${version} is too old.`, `Install ${oldestNode.join('.')} or newer.`);
}

export async function checkGit(environment: Environment): Promise<Check> {
  const git = await findProgram('git', environment);
  return git === undefined
    ? warn('git', 'git is not installed.', 'Install it: "devenv clone" and worktrees need it.')
    : ok('git', git);
}

export async function checkAgent({ SSH_AUTH_SOCK: socket }: Environment): Promise<Check> {
  const name = 'ssh-agent';
  if (socket === undefined || socket === '') {
    return ok(name, 'None runs, so there is none to forward.');
  }
  const failure = await probe({ host: `unix://${socket}` });
  return failure === undefined
    ? ok(name, socket)
    : warn(name, `SSH_AUTH_SOCK is ${socket}, which ${failure.message}.`, 'Start ssh-agent again.');
}

const certificateVariables = [
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
];

export async function checkCertificates(environment: Environment): Promise<Check> {
  const name = 'certificates';
  for (const variable of certificateVariables) {
    const path = environment[variable];
    if (path === undefined || path === '' || (await isReadable(path))) continue;
    return warn(name, `${variable} names ${path}, which cannot be read.`, 'Correct or unset it.');
  }
  const [bundle] = await findCaFiles(environment, process.platform);
  return bundle === undefined
    ? warn(
        name,
        'No bundle of certificate authorities was found, so none reaches the workspaces.',
        'Install ca-certificates, or set SSL_CERT_FILE.',
      )
    : ok(name, bundle);
}

const proxyVariables = ['http_proxy', 'https_proxy', 'all_proxy'];

export function checkProxies(environment: Environment): Check {
  const set = proxyVariables
    .flatMap((name) => [name, name.toUpperCase()])
    .flatMap((name) => (environment[name] ? [{ name, value: environment[name] }] : []));
  const unreachable = set.find(({ value }) => isLoopback(value));
  if (unreachable !== undefined) {
    return warn(
      'proxy',
      `${unreachable.name} points to this machine’s loopback, which containers cannot reach.`,
      'Let the proxy listen on an address of the container network as well, and name that one.',
    );
  }
  return ok('proxy', set.length === 0 ? 'none' : set.map(({ name }) => name).join(', '));
}

function isLoopback(value: string): boolean {
  const url = value.includes('://') ? value : `http://${value}`;
  if (!URL.canParse(url)) return false;
  return /^(localhost|127\..*|\[::1\])$/.test(new URL(url).hostname);
}

/** Each watched folder takes one watch; a large node_modules takes ten thousand. */
const fewWatches = 65_536;

export async function checkWatches(
  file = '/proc/sys/fs/inotify/max_user_watches',
): Promise<Check[]> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  const watches = Number(text);
  if (watches >= fewWatches) return [ok('file watches', `${watches} a person`)];
  const hint =
    'As root: sysctl fs.inotify.max_user_watches=524288 (and in /etc/sysctl.d to keep it).';
  return [warn('file watches', `Only ${watches} files can be watched at once.`, hint)];
}

async function isReadable(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
