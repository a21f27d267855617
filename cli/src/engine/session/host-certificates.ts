import { access, constants, readFile, stat } from 'node:fs/promises';

type Environment = Record<string, string | undefined>;

/**
 * The host's certificate authorities, as files: the bundle that the caller's variables name, or
 * else the one that the system keeps, and what the caller's NODE_EXTRA_CA_CERTS adds to it. On the
 * host only Node trusts the latter, inside everything does. Empty where there is none.
 */
export async function findCaFiles(
  environment: Environment,
  platform: NodeJS.Platform,
): Promise<string[]> {
  const bundle = await firstReadable([
    ...replacingVariables.map((name) => environment[name]),
    ...(systemBundles[platform] ?? []),
  ]);
  const extra = await firstReadable([environment[addingVariable]]);
  return [...new Set([bundle, extra])].filter((path) => path !== undefined);
}

/** One bundle of all the files; what is in an earlier one already is not repeated. */
export async function joinCaFiles(paths: string[]): Promise<string> {
  const [first = '', ...others] = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  return others.reduce((bundle, other) => {
    const added = other.trim();
    return bundle.includes(added) ? bundle : `${bundle.trimEnd()}\n${added}\n`;
  }, first);
}

/** The variables that make OpenSSL, curl, git, Python and Node read the bundle at `path`. */
export function certificateEnvironment(path: string): Record<string, string> {
  const names = [...replacingVariables, addingVariable];
  return Object.fromEntries(names.map((name) => [name, path]));
}

/**
 * The caller's proxies, each in both cases, since some programs read only one: curl, for one,
 * knows `http_proxy` alone. Where both are set, both stay as they are.
 */
export function proxyEnvironment(environment: Environment): Record<string, string> {
  const found: Record<string, string> = {};
  for (const lower of proxyVariables) {
    const upper = lower.toUpperCase();
    const either = environment[lower] ?? environment[upper];
    if (either === undefined) continue;
    found[upper] = environment[upper] ?? either;
    found[lower] = environment[lower] ?? either;
  }
  return found;
}

/** These name a whole bundle, in place of the system's; in the order in which they are believed. */
const replacingVariables = [
  'SSL_CERT_FILE',
  'CURL_CA_BUNDLE',
  'REQUESTS_CA_BUNDLE',
  'GIT_SSL_CAINFO',
];

/** This one adds to what Node knows anyway, and may name a single authority. */
const addingVariable = 'NODE_EXTRA_CA_CERTS';

const systemBundles: Partial<Record<NodeJS.Platform, string[]>> = {
  linux: [
    // Debian, Ubuntu, Alpine, Arch
    '/etc/ssl/certs/ca-certificates.crt',
    // Fedora, RHEL
    '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
    '/etc/pki/tls/certs/ca-bundle.crt',
    // SUSE
    '/etc/ssl/ca-bundle.pem',
    '/var/lib/ca-certificates/ca-bundle.pem',
    // Alpine and others
    '/etc/ssl/cert.pem',
  ],
  darwin: ['/etc/ssl/cert.pem', '/opt/homebrew/etc/ca-certificates/cert.pem'],
};

const proxyVariables = ['http_proxy', 'https_proxy', 'ftp_proxy', 'all_proxy', 'no_proxy'];

async function firstReadable(paths: (string | undefined)[]): Promise<string | undefined> {
  for (const path of paths) {
    if (path !== undefined && path !== '' && (await isReadable(path))) return path;
  }
  return undefined;
}

async function isReadable(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK);
    return (await stat(path)).isFile();
  } catch {
    // A variable may name what is not there; then the next one counts.
    return false;
  }
}
