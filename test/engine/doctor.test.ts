import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { currentCaller } from '../../cli/src/engine/host/caller.ts';
import { type Check, diagnose } from '../../cli/src/engine/doctor.ts';
import {
  checkAgent,
  checkCertificates,
  checkGit,
  checkNode,
  checkProxies,
  checkWatches,
} from '../../cli/src/engine/doctor/host-checks.ts';
import { describeWithEngine, testEngineHost } from '../support/engine.ts';
import { testFolder } from '../support/temp-folder.ts';

describe('the checks of this machine', () => {
  it('fail for a Node.js that is too old, and only then', () => {
    expect(checkNode('20.18.3')).toMatchObject({ status: 'fail', hint: expect.any(String) });
    for (const version of ['20.19.0', '22.1.0', '24.0.0']) {
      expect(checkNode(version).status).toBe('ok');
    }
  });

  it('warn of a proxy on the loopback, which no container can reach', () => {
    for (const value of ['http://127.0.0.1:3128', 'localhost:3128', 'http://[::1]:3128']) {
      expect(checkProxies({ HTTPS_PROXY: value })).toMatchObject({
        status: 'warn',
        message: expect.stringContaining('HTTPS_PROXY'),
      });
    }
    expect(checkProxies({ http_proxy: 'http://proxy.example:3128' }).status).toBe('ok');
    expect(checkProxies({}).status).toBe('ok');
  });

  it('warn of a certificate variable that names no file', async () => {
    const folder = await testFolder({ 'ca.pem': 'x' });
    const missing = join(folder, 'missing.pem');
    expect(await checkCertificates({ NODE_EXTRA_CA_CERTS: missing })).toMatchObject({
      status: 'warn',
      message: expect.stringContaining(missing),
    });
    expect(await checkCertificates({ SSL_CERT_FILE: join(folder, 'ca.pem') })).toMatchObject({
      status: 'ok',
      message: join(folder, 'ca.pem'),
    });
  });

  it('warn of an ssh agent that has gone', async () => {
    const folder = await testFolder();
    const socket = join(folder, 'agent');
    expect(await checkAgent({ SSH_AUTH_SOCK: socket })).toMatchObject({ status: 'warn' });
    const server = createServer().listen(socket);
    onTestFinished(() => void server.close());
    await new Promise((ready) => server.once('listening', ready));
    expect(await checkAgent({ SSH_AUTH_SOCK: socket })).toMatchObject({ status: 'ok' });
    expect(await checkAgent({})).toMatchObject({ status: 'ok' });
  });

  it('warn when git is missing', async () => {
    expect(await checkGit({ PATH: await testFolder() })).toMatchObject({ status: 'warn' });
  });

  it('warn when few files can be watched', async () => {
    const folder = await testFolder({ few: '8192\n', many: '524288\n' });
    expect(await checkWatches(join(folder, 'few'))).toMatchObject([{ status: 'warn' }]);
    expect(await checkWatches(join(folder, 'many'))).toMatchObject([{ status: 'ok' }]);
    expect(await checkWatches(join(folder, 'absent'))).toEqual([]);
  });
});

describe('diagnose', () => {
  it('says what was tried and what to do when no engine can be used', async () => {
    const folder = await testFolder();
    const checks = await doctor({ DOCKER_HOST: `unix://${folder}/docker.sock` });
    const engine = named(checks, 'engine');
    expect(engine).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('does not exist'),
      hint: expect.stringContaining('DOCKER_HOST'),
    });
    const tried = engine.details?.join('\n');
    expect(tried).toContain(`DOCKER_HOST: unix://${folder}/docker.sock does not exist`);
    expect(tried).toContain('Podman: unix:///run/podman/podman.sock');
    expect(checks.some(({ name }) => name.startsWith('own'))).toBe(true);
    for (const check of checks) {
      if (check.status !== 'ok') expect(check.hint).toBeTruthy();
    }
  });

  it('tells an engine from something else that listens', async () => {
    const socket = join(await testFolder(), 'other.sock');
    const server = createHttpServer((_, response) => response.writeHead(404).end('nothing here'));
    server.listen(socket);
    onTestFinished(() => void server.close());
    await new Promise((ready) => server.once('listening', ready));
    const checks = await doctor({ DOCKER_HOST: `unix://${socket}` });
    expect(named(checks, 'engine answers').status).toBe('fail');
  });
});

describeWithEngine('diagnose', () => {
  it('finds nothing broken about an engine that works', async () => {
    const checks = await doctor({ DOCKER_HOST: testEngineHost() });
    expect(checks.filter(({ status }) => status === 'fail')).toEqual([]);
    expect(named(checks, 'engine').message).toContain('DOCKER_HOST');
    expect(named(checks, 'engine version').message).toMatch(/^(docker|podman) \d+\..*API \d/);
    for (const name of ['storage', 'limits', 'registry']) named(checks, name);
  });
});

function doctor(environment: Record<string, string>): Promise<Check[]> {
  const caller = currentCaller();
  const { home, uid, platform } = caller;
  const env = { PATH: process.env.PATH, ...environment };
  return diagnose({ environment: env, home, uid, platform }, { caller, environment: env });
}

function named(checks: Check[], name: string): Check {
  const check = checks.find((candidate) => candidate.name === name);
  if (check === undefined) throw new Error(`no check "${name}"`);
  return check;
}
