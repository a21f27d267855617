import type { EngineAddress } from '../docker/address.ts';
import type { DiscoveryInput } from './input.ts';
import { engineFolders, engineSocket } from '../host/paths.ts';
import { parseAddress } from './address.ts';
import { currentContext } from './docker-context.ts';
import { readTls, tlsFolder } from './tls.ts';
import { usualSockets } from './usual-sockets.ts';

/** A place where an engine may listen. */
export interface Candidate {
  via: string;
  address: EngineAddress;
  /** Chosen by the person: used or reported, never skipped. */
  explicit: boolean;
}

type Strategy = (input: DiscoveryInput) => Promise<Candidate[]> | Candidate[];

/** In the order in which they are asked. */
const strategies: Strategy[] = [
  fromHostOption,
  fromDockerHost,
  fromDockerContext,
  fromSettings,
  fromUsualSockets,
  fromPrivateEngine,
];

/** The places to look at, each found out only when the ones before it did not do. */
export async function* findCandidates(input: DiscoveryInput): AsyncGenerator<Candidate> {
  for (const strategy of strategies) yield* await strategy(input);
}

function fromHostOption({ host, environment, home }: DiscoveryInput): Promise<Candidate[]> | [] {
  return host === undefined ? [] : explicit('--host', host, environment, home);
}

function fromDockerHost({ environment, home }: DiscoveryInput): Promise<Candidate[]> | [] {
  const host = environment.DOCKER_HOST;
  return host === undefined || host === '' ? [] : explicit('DOCKER_HOST', host, environment, home);
}

async function explicit(
  via: string,
  text: string,
  environment: DiscoveryInput['environment'],
  home: string,
): Promise<Candidate[]> {
  const host = parseAddress(text, via);
  const wantsTls = host.startsWith('tcp://') && (environment.DOCKER_TLS_VERIFY ?? '') !== '';
  const tls = wantsTls ? await readTls(tlsFolder(environment, home), via) : undefined;
  return [{ via, address: { host, ...(tls && { tls }) }, explicit: true }];
}

async function fromDockerContext({ environment, home }: DiscoveryInput): Promise<Candidate[]> {
  const context = await currentContext(environment, home);
  if (context === undefined) return [];
  return [
    { via: `the Docker context "${context.name}"`, address: context.address, explicit: true },
  ];
}

function fromSettings({
  settingsEngine,
  environment,
  home,
}: DiscoveryInput): Promise<Candidate[]> | [] {
  return settingsEngine === undefined
    ? []
    : explicit('your settings', settingsEngine, environment, home);
}

function fromUsualSockets(input: DiscoveryInput): Candidate[] {
  return usualSockets(input).map(({ name, host }) => ({
    via: name,
    address: { host },
    explicit: false,
  }));
}

function fromPrivateEngine({ environment, home, platform, uid }: DiscoveryInput): Candidate[] {
  if (platform !== 'linux') return [];
  const own = engineSocket(engineFolders(environment, home, platform, uid));
  const ofRoot = engineSocket(engineFolders({}, home, platform, 0));
  const candidates = [{ via: 'devenv’s own engine', socket: own }];
  // One that root has started is open to the docker group, as every engine of root's.
  if (ofRoot !== own) candidates.push({ via: 'root’s devenv engine', socket: ofRoot });
  return candidates.map(({ via, socket }) => ({
    via,
    address: { host: `unix://${socket}` },
    explicit: false,
  }));
}
