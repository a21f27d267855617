import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithEngine, testEngineHost } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { imageWithUser, plainImage } from '../support/images.ts';
import { itUnless } from '../support/it-unless.ts';
import { aPerson, containerOf } from '../support/person.ts';

const missing = ['git', 'ssh-agent', 'ssh-add', 'ssh-keygen'].filter(
  (name) => !existsSync(`/usr/bin/${name}`),
);
const reason =
  missing.length > 0
    ? `this host has no ${missing.join(', ')} in /usr/bin`
    : process.env.DEVENV_TEST_HOST?.startsWith('unix:')
      ? undefined
      : 'the engine is not on this host';
const itWithTools = itUnless(reason);

/** Debian with the programs of this host, so that git and ssh-add are there to be tried. */
const hostPrograms = [
  'image: debian:bookworm-slim',
  'volumes: ["/usr/bin:/usr/bin:ro", "/usr/lib:/usr/lib:ro"]',
  '',
].join('\n');

const bundleVariables = [
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
];

describeWithEngine('what sessions get from the host', () => {
  const person = aPerson();

  /** The variables of a session, by name. */
  const variables = async (
    folder: string,
    env: Record<string, string>,
    options: string[] = [],
  ): Promise<Record<string, string>> => {
    const { stdout } = await person.run([...options, 'exec', '--', 'env'], { cwd: folder, env });
    return Object.fromEntries(
      stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  };

  /** What is in the folder that the container sees at /run/devenv. */
  const runFolder = async (folder: string): Promise<string[]> => {
    const { Name } = await containerOf(folder);
    const workspaces = join(person.user.home, '.local/state/devenv/workspaces');
    return (await readdir(join(workspaces, Name.slice(-8), 'run'))).sort();
  };

  const write = async (name: string, text: string): Promise<string> => {
    const path = join(person.user.home, name);
    await writeFile(path, text);
    await chown(path, person.user.uid, person.user.gid);
    return path;
  };

  it('its certificates, as they are when the session begins', async () => {
    const folder = await person.project('certificates', {
      'devenv.yaml': `image: ${await plainImage()}\nhooks: {create: cat $SSL_CERT_FILE > seen}\n`,
    });
    const env = {
      SSL_CERT_FILE: await write('public.pem', 'public\n'),
      NODE_EXTRA_CA_CERTS: await write('company.pem', 'company\n'),
    };
    const show = [
      'exec',
      '--',
      'sh',
      '-c',
      bundleVariables.map((name) => `cat $${name}`).join(';'),
    ];
    const first = await person.run(show, { cwd: folder, env });
    expect(first).toMatchObject({ stdout: 'public\ncompany\n'.repeat(5), exitCode: 0 });
    await write('company.pem', 'renewed\n');
    const second = await person.run(show, { cwd: folder, env });
    expect(second.stdout).toBe('public\nrenewed\n'.repeat(5));
    const seen = await person.run(['exec', '--', 'cat', 'seen'], { cwd: folder, env });
    expect(seen.stdout).toBe('public\ncompany\n');
  });

  it('certificates that only Node trusts on the host, beside those of the system', async () => {
    const folder = await person.project('extra', {
      'devenv.yaml': `image: ${await plainImage()}\n`,
    });
    const env = { NODE_EXTRA_CA_CERTS: await write('extra.pem', 'company\n') };
    const { stdout } = await person.run(['exec', '--', 'sh', '-c', 'cat $SSL_CERT_FILE'], {
      cwd: folder,
      env,
    });
    expect(stdout.endsWith('company\n')).toBe(true);
    const system = '/etc/ssl/certs/ca-certificates.crt';
    if (existsSync(system)) expect(stdout.length).toBeGreaterThan((await stat(system)).size);
  });

  it.each([
    ['root', 'root'],
    ['another user of the image', 'app'],
  ])('certificates that %s can read', async (_title, user) => {
    const folder = await person.project(`for-${user}`, {
      'devenv.yaml': `image: ${await imageWithUser()}\nuser: ${user}\n`,
    });
    const env = { SSL_CERT_FILE: await write('for-all.pem', 'public\n') };
    const read = ['exec', '--', 'sh', '-c', 'whoami; cat $SSL_CERT_FILE'];
    const { stdout } = await person.run(read, { cwd: folder, env });
    expect(stdout).toBe(`${user}\npublic\n`);
  });

  it('its proxies in both cases', async () => {
    const folder = await person.project('proxies', {
      'devenv.yaml': `image: ${await plainImage()}\n`,
    });
    const env = { HTTPS_PROXY: 'http://one:1', http_proxy: 'http://two:2', no_proxy: 'localhost' };
    expect(await variables(folder, env)).toMatchObject({
      HTTPS_PROXY: 'http://one:1',
      https_proxy: 'http://one:1',
      HTTP_PROXY: 'http://two:2',
      http_proxy: 'http://two:2',
      NO_PROXY: 'localhost',
      no_proxy: 'localhost',
    });
  });

  it('the terminal’s variables and language, and no others', async () => {
    const folder = await person.project('terminal', {
      'devenv.yaml': `image: ${await plainImage()}\n`,
    });
    const env = { TERM: 'xterm-kitty', LANG: 'de_DE.UTF-8', COLORTERM: 'truecolor' };
    const found = await variables(folder, { ...env, PRIVATE: 'of the host' });
    expect(found).toMatchObject({ ...env, USER: person.user.name, HOME: person.user.home });
    expect(found).not.toHaveProperty('PRIVATE');
  });

  it('nothing of all that where the file says no, and what the file says instead', async () => {
    const folder = await person.project('off', {
      'devenv.yaml': [
        `image: ${await plainImage()}`,
        'forward: {ssh_agent: false, git_credentials: false, ca_certificates: false, proxy: false}',
        'environment: {CURL_CA_BUNDLE: /own.pem}',
      ].join('\n'),
    });
    const found = await variables(folder, {
      SSL_CERT_FILE: await write('unwanted.pem', 'public\n'),
      HTTPS_PROXY: 'http://one:1',
      SSH_AUTH_SOCK: '/nowhere',
    });
    const names = Object.keys(found);
    for (const name of [...bundleVariables, 'https_proxy', 'SSH_AUTH_SOCK', 'GIT_CONFIG_SYSTEM']) {
      if (name !== 'CURL_CA_BUNDLE') expect(names).not.toContain(name);
    }
    expect(found.CURL_CA_BUNDLE).toBe('/own.pem');
    expect(await runFolder(folder)).toEqual([]);
  });

  it('only what needs no files where the engine may be elsewhere', async () => {
    const folder = await person.project('elsewhere', {
      'devenv.yaml': `image: ${await plainImage()}\n`,
    });
    const host = await engineOverTcp(person.engine.host);
    const env = { SSL_CERT_FILE: await write('here.pem', 'public\n'), HTTPS_PROXY: 'http://one:1' };
    const found = await variables(folder, env, ['--host', host]);
    expect(found).toMatchObject({ https_proxy: 'http://one:1', USER: person.user.name });
    expect(found).not.toHaveProperty('SSL_CERT_FILE');
  });

  it('no agent but a working session where the agent has gone', async () => {
    const folder = await person.project('no-agent', {
      'devenv.yaml': `image: ${await plainImage()}\n`,
    });
    const env = { SSH_AUTH_SOCK: join(person.user.home, 'gone.sock') };
    const result = await person.run(['exec', '--', 'echo', 'in'], { cwd: folder, env });
    expect(result).toMatchObject({ stdout: 'in\n', exitCode: 0 });
  });

  itWithTools('its ssh agent, in hooks and in many sessions at once', async () => {
    const env = { SSH_AUTH_SOCK: await agentWithKey() };
    const folder = await person.project('agent', {
      'devenv.yaml': `${hostPrograms}hooks: {create: ssh-add -L > from-hook}\n`,
    });
    const listTwice = 'ssh-add -L; touch listed; until [ -e go ]; do sleep 0.1; done; ssh-add -L';
    const long = person.cli.start(['exec', '--', 'sh', '-c', listTwice], { cwd: folder, env });
    await eventually(() => existsSync(join(folder, 'listed')), Boolean, 30_000);
    const list = ['exec', '--', 'ssh-add', '-L'];
    const short = await Promise.all([1, 2].map(() => person.run(list, { cwd: folder, env })));
    await writeFile(join(folder, 'go'), '');
    const key = expect.stringMatching(/^ssh-ed25519 \S+ key of the host\n$/) as string;
    expect(short).toMatchObject([{ stdout: key }, { stdout: key }]);
    const hook = await person.run(['exec', '--', 'cat', 'from-hook'], { cwd: folder });
    expect(hook.stdout).toBe(short[0]!.stdout);
    expect((await long).stdout).toBe(short[0]!.stdout.repeat(2));
    expect((await runFolder(folder)).filter((name) => /^agent|^cred/.test(name))).toEqual([]);
  });

  itWithTools('no trace of its agent once a killed client’s next session has begun', async () => {
    const env = { SSH_AUTH_SOCK: await agentWithKey() };
    const folder = await person.project('killed', { 'devenv.yaml': hostPrograms });
    await person.run(['up'], { cwd: folder });
    const killed = person.cli.start(['exec', '--', 'sleep', '600'], { cwd: folder, env });
    const relayed = (names: string[]): string[] =>
      names.filter((name) => /^agent|^cred/.test(name));
    await eventually(
      async () => relayed(await runFolder(folder)),
      (names) => names.length === 2,
    );
    killed.kill('SIGKILL');
    await killed;
    await person.run(['exec', '--', 'true'], { cwd: folder, env });
    expect(relayed(await runFolder(folder))).toEqual([]);
  });

  itWithTools('the person’s name, address and credentials for git', async () => {
    await write(
      '.gitconfig',
      '[user]\nname = A Person\nemail = a@example.org\n[credential]\nhelper = store\n',
    );
    await write('.git-credentials', 'https://me:s3cret@git.example.org\n');
    const folder = await person.project('git', { 'devenv.yaml': hostPrograms });
    const script = [
      'git config user.name; git config user.email',
      'printf "protocol=https\\nhost=git.example.org\\n\\n" | git credential fill',
    ].join(';');
    const { stdout } = await person.run(['exec', '--', 'sh', '-c', script], { cwd: folder });
    expect(stdout).toContain('A Person\na@example.org\n');
    expect(stdout).toContain('username=me\npassword=s3cret\n');
    expect((await runFolder(folder)).filter((name) => /^agent|^cred/.test(name))).toEqual([]);
  });

  /** The socket of an agent of the person's that holds one key, until the test is over. */
  async function agentWithKey(): Promise<string> {
    const { uid, gid, home } = person.user;
    const socket = join(home, 'agent.sock');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { uid, gid, stdio: 'ignore' });
    onTestFinished(async () => {
      agent.kill();
      await once(agent, 'exit');
    });
    await eventually(() => existsSync(socket), Boolean);
    const key = join(home, 'key');
    await rm(key, { force: true });
    const run = promisify(execFile);
    const options = { uid, gid, env: { ...process.env, SSH_AUTH_SOCK: socket } };
    const comment = ['-q', '-t', 'ed25519', '-N', '', '-C', 'key of the host', '-f', key];
    await run('ssh-keygen', comment, options);
    await run('ssh-add', ['-q', key], options);
    return socket;
  }
});

/** The tests' engine on a port of this host, until the test is over; gives its address. */
async function engineOverTcp(unixHost: string): Promise<string> {
  expect(testEngineHost()).toMatch(/^unix:/);
  const path = new URL(unixHost).pathname;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const engine = createConnection({ path, allowHalfOpen: true });
    client.on('error', () => engine.destroy()).pipe(engine);
    engine.on('error', () => client.destroy()).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
