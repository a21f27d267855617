import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loginForHost, registryLogin } from '../../../cli/src/engine/image/registry-login.ts';
import { testFolder, writeFiles } from '../../support/temp-folder.ts';

const hub = 'https://index.docker.io/v1/';

describe('registryLogin', () => {
  it('is nobody for who never logged in, or not there', async () => {
    const home = await testFolder();
    expect(await find(home, 'debian')).toEqual({ login: undefined, problem: undefined });
    await configure(home, { auths: { 'registry.example.com': auth('ann:secret') } });
    expect(await find(home, 'debian')).toEqual({ login: undefined, problem: undefined });
  });

  it.each([
    ['ghcr.io/ann/shop:1', 'ghcr.io', 'ghcr.io'],
    ['localhost:5000/shop', 'localhost:5000', 'localhost:5000'],
    ['registry.example.com/shop', 'https://registry.example.com/v1/', 'registry.example.com'],
    ['debian', hub, hub],
    ['docker.io/ann/shop@sha256:ab', hub, hub],
    ['ann/shop', 'docker.io', hub],
  ])('finds that of %s under %s', async (reference, key, serveraddress) => {
    const home = await testFolder();
    await configure(home, { auths: { [key]: auth('ann:se:cret\0\0'), 'other.io': auth('x:y') } });
    expect(await find(home, reference)).toEqual({
      login: { username: 'ann', password: 'se:cret', serveraddress },
      problem: undefined,
    });
  });

  it('takes a token before a password, and looks where DOCKER_CONFIG says', async () => {
    const home = await testFolder();
    const token = { ...auth('00000000-0000-0000-0000-000000000000:'), identitytoken: 'token' };
    await writeFiles(home, { 'elsewhere/config.json': JSON.stringify({ auths: { a: token } }) });
    await configure(home, { auths: { 'a.io': auth('ann:secret') } });
    await writeFiles(home, {
      'elsewhere/config.json': JSON.stringify({ auths: { 'a.io': token } }),
    });
    expect(await find(home, 'a.io/x', { DOCKER_CONFIG: join(home, 'elsewhere') })).toEqual({
      login: { identitytoken: 'token', serveraddress: 'a.io' },
      problem: undefined,
    });
  });

  it('passes over the empty entries that stand beside a helper', async () => {
    const home = await testFolder();
    await configure(home, { auths: { 'a.io': {} } });
    expect(await find(home, 'a.io/x')).toEqual({ login: undefined, problem: undefined });
  });

  it('asks the helper of the registry, else the one for all, and no file', async () => {
    const home = await testFolder();
    await configure(home, {
      auths: { 'a.io': auth('old:old'), 'c.io': auth('old:old') },
      credsStore: 'all',
      credHelpers: { 'a.io': 'one' },
    });
    const answer = '{\\"Username\\":\\"$0\\",\\"Secret\\":\\"$1 $(cat)\\"}';
    const speak = `#!/bin/sh\necho "${answer.replace('$0', '${0##*-}')}"\n`;
    await helper(home, 'one', speak);
    await helper(home, 'all', speak);
    expect((await find(home, 'a.io/x')).login).toEqual({
      username: 'one',
      password: 'get a.io',
      serveraddress: 'a.io',
    });
    expect((await find(home, 'debian')).login).toEqual({
      username: 'all',
      password: `get ${hub}`,
      serveraddress: hub,
    });
    await helper(home, 'all', '#!/bin/sh\necho "credentials not found in native keychain"; exit 1');
    expect(await find(home, 'c.io/x')).toEqual({ login: undefined, problem: undefined });
  });

  it('takes a secret of the user <token> for a token', async () => {
    const home = await testFolder();
    await configure(home, { credsStore: 'all' });
    await helper(home, 'all', `#!/bin/sh\necho '{"Username":"<token>","Secret":"t"}'`);
    expect(await loginForHost('registry-1.docker.io', environment(home), home)).toEqual({
      identitytoken: 't',
      serveraddress: hub,
    });
  });

  it.each([
    ['that is not installed', undefined, /docker-credential-all is not installed/],
    ['that fails', 'echo ignored; echo "the keychain is locked"; exit 1', /keychain is locked/],
    ['that fails on stderr', 'echo "no display" >&2; exit 3', /failed: no display/],
    ['that fails without a word', 'exit 3', /exit code 3/],
    ['that talks nonsense', 'echo hello', /not JSON/],
    ['that keeps the secret', 'echo {}', /without a name and a secret/],
  ])('gives a helper %s as the problem', async (_, script, problem) => {
    const home = await testFolder();
    await configure(home, { credsStore: 'all' });
    if (script !== undefined) await helper(home, 'all', `#!/bin/sh\n${script}\n`);
    const found = await find(home, 'a.io/x');
    expect(found).toEqual({ login: undefined, problem: expect.stringMatching(problem) as string });
    expect(found.problem).toContain(join(home, '.docker/config.json'));
  });

  it.each([
    ['is not JSON', '{', /JSON/],
    ['is no object', '[1', /JSON/],
    ['holds nonsense', '{"auths":{"a.io":{"auth":"bm9uc2Vuc2U="}}}', /NAME:PASSWORD/],
  ])('says when config.json %s', async (_, text, problem) => {
    const home = await testFolder({ '.docker/config.json': text });
    expect((await find(home, 'a.io/x')).problem).toMatch(problem);
  });
});

function find(home: string, reference: string, more: Record<string, string> = {}) {
  return registryLogin(reference, { ...environment(home), ...more }, home);
}

function environment(home: string): Record<string, string> {
  return { PATH: `${join(home, 'bin')}:${process.env.PATH}` };
}

function configure(home: string, config: object): Promise<void> {
  return writeFiles(home, { '.docker/config.json': JSON.stringify(config) });
}

async function helper(home: string, name: string, script: string): Promise<void> {
  const file = `bin/docker-credential-${name}`;
  await mkdir(join(home, 'bin'), { recursive: true });
  await writeFiles(home, { [file]: script });
  await chmod(join(home, file), 0o755);
}

function auth(words: string): { auth: string } {
  return { auth: Buffer.from(words).toString('base64') };
}
