import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DevenvError } from '../../errors.ts';
import { dockerConfigFolder } from '../discovery/docker-config-folder.ts';
import type { RegistryLogin } from '../docker/answers.ts';
import { askCredentialHelper } from './credential-helper.ts';
import { registryOf } from './registry-of.ts';

type Environment = Record<string, string | undefined>;

/** Whose logins they are: DOCKER_CONFIG is among the variables, and helpers are found by PATH. */
export interface LoginOwner {
  environment: Environment;
  home: string;
}

/**
 * What the docker CLI's configuration says for a registry. Most pulls need no login, so what is
 * wrong with that configuration is told only when a registry demands one.
 */
export interface FoundLogin {
  login: RegistryLogin | undefined;
  /** Why there may be a login that could not be read, as a sentence. */
  problem: string | undefined;
}

/** Who to be for the registry of an image, as `docker login` has left it. */
export function registryLogin(
  reference: string,
  environment: Environment,
  home: string,
): Promise<FoundLogin> {
  return findLogin(registryOf(reference), environment, home);
}

/** The same by a registry's host and port, for who has no use for problems. */
export async function loginForHost(
  host: string,
  environment: Environment,
  home: string,
): Promise<RegistryLogin | undefined> {
  return (await findLogin(host, environment, home)).login;
}

/** Adds to a failure why there was no login, where the registry demanded one. */
export function withLoginProblem(failure: DevenvError, problem: string | undefined): DevenvError {
  const demanded = failure.hint?.includes('docker login') === true;
  if (demanded && problem !== undefined) failure.details.push(problem);
  return failure;
}

/** Of the docker CLI's config.json, what is about logins. */
interface DockerConfig {
  auths?: Record<string, AuthEntry | null>;
  /** Name of the helper that keeps all logins … */
  credsStore?: string;
  /** … and of those for single registries. */
  credHelpers?: Record<string, string>;
}

interface AuthEntry {
  /** NAME:PASSWORD in base64. */
  auth?: string;
  username?: string;
  password?: string;
  identitytoken?: string;
}

/** Under which Docker Hub's login is kept. */
const hub = 'https://index.docker.io/v1/';

const hubHosts = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];

async function findLogin(
  host: string,
  environment: Environment,
  home: string,
): Promise<FoundLogin> {
  const server = hubHosts.includes(host) ? hub : host;
  const file = join(dockerConfigFolder(environment, home), 'config.json');
  try {
    const config = await readConfig(file);
    const helper = ofServer(config.credHelpers ?? {}, server) ?? config.credsStore;
    const login = helper
      ? await loginFromHelper(`docker-credential-${helper}`, server, environment)
      : loginFromEntry(ofServer(config.auths ?? {}, server), server);
    return { login, problem: undefined };
  } catch (error) {
    const problem = `The login in ${file} could not be read: ${(error as Error).message}.`;
    return { login: undefined, problem };
  }
}

async function readConfig(file: string): Promise<DockerConfig> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    // Somebody who never logged in has none.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return {};
    throw error;
  }
  const config: unknown = JSON.parse(text);
  if (typeof config === 'object' && config !== null) return config;
  throw new Error('it holds no JSON object');
}

/** Keys were URLs once, and are hosts today. */
function ofServer<T>(entries: Record<string, T>, server: string): T | undefined {
  if (Object.hasOwn(entries, server)) return entries[server];
  const host = hostOf(server);
  return Object.entries(entries).find(([key]) => hostOf(key) === host)?.[1];
}

function hostOf(server: string): string {
  const [host = ''] = server.replace(/^https?:\/\//, '').split('/');
  return host === 'docker.io' ? 'index.docker.io' : host;
}

async function loginFromHelper(
  program: string,
  server: string,
  environment: Environment,
): Promise<RegistryLogin | undefined> {
  const found = await askCredentialHelper(program, server, environment);
  if (found === undefined) return undefined;
  const { username, secret } = found;
  if (username === '<token>') return { identitytoken: secret, serveraddress: server };
  return { username, password: secret, serveraddress: server };
}

function loginFromEntry(
  entry: AuthEntry | null | undefined,
  server: string,
): RegistryLogin | undefined {
  const { auth, identitytoken, username, password } = entry ?? {};
  if (identitytoken) return { identitytoken, serveraddress: server };
  if (auth) return { ...decode(auth, server), serveraddress: server };
  if (username && password) return { username, password, serveraddress: server };
  return undefined;
}

function decode(auth: string, server: string): { username: string; password: string } {
  const words = Buffer.from(auth, 'base64').toString();
  const colon = words.indexOf(':');
  if (colon < 1) throw new Error(`"auth" of ${server} is not NAME:PASSWORD in base64`);
  // Docker fills the end of the password with zeros.
  return { username: words.slice(0, colon), password: words.slice(colon + 1).replace(/\0+$/, '') };
}
