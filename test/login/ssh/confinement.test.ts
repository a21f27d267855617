import { once } from 'node:events';
import { copyFile, chmod, stat } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { engineApi } from '../../support/engine-api.ts';
import { testEngine } from '../../support/engine.ts';
import { aLoginHost, describeWithLoginHost } from '../../support/login-host.ts';
import {
  metadataAddress,
  reaching,
  runUnconfined,
  serveMetadata,
} from '../../support/login/metadata-service.ts';

const megabyte = 1024 * 1024;

describeWithLoginHost('a workspace on a shared host', () => {
  const host = aLoginHost({
    users: ['ann', 'bob'],
    policy: { limits: { memory: '256m', cpus: 1, pids: 64, log: '1m' } },
  });

  it('has no capabilities, no way to new privileges, and the limits of the policy', async () => {
    const { stdout, stderr } = await host.ssh('ann', ['cat /proc/self/status']);
    expect(stdout.toString(), stderr).toMatch(/^CapEff:\s0+$/m);
    expect(stdout.toString()).toMatch(/^CapBnd:\s0+$/m);
    expect(stdout.toString()).toMatch(/^NoNewPrivs:\s1$/m);
    expect(stdout.toString()).toMatch(/^Seccomp:\s2$/m);
    const [container] = await host.containers('ann');
    expect(container!.HostConfig).toMatchObject({
      Privileged: false,
      CapDrop: ['ALL'],
      Memory: 256 * megabyte,
      MemorySwap: 256 * megabyte,
      NanoCpus: 1e9,
      PidsLimit: 64,
      PidMode: '',
      IpcMode: expect.not.stringContaining('host'),
    });
    expect(['host', 'default', 'bridge']).not.toContain(container!.HostConfig.NetworkMode);
  });

  it('gives no more where the file asks for more', async () => {
    await host.repository('bob', 'shop', {
      'devenv.yaml': `image: ${host.image}\nmem_limit: 64g\ncpus: 64\npids_limit: 100000\n`,
    });
    await host.ssh('bob', ['true']);
    const [container] = await host.containers('bob');
    expect(container!.HostConfig).toMatchObject({
      Memory: 256 * megabyte,
      NanoCpus: 1e9,
      PidsLimit: 64,
    });
  });

  it('shows nothing of the host but the repository', async () => {
    const { home, repositories } = host.account('ann');
    await host.files('ann', home, { 'of-the-host': '' });
    const look = `ls ${home} ${host.folder} ${dirname(repositories)} ${repositories} /run/devenv`;
    const { stdout } = await host.ssh('ann', [`${look} 2>/dev/null; mount`]);
    expect(stdout.toString()).not.toMatch(/of-the-host|private|bob|docker\.sock/);
    const [container] = await host.containers('ann');
    const binds = container!.Mounts.filter(({ Type }) => Type === 'bind');
    const theirs = binds.filter(({ Source }) => Source.startsWith(`${host.folder}/`));
    expect(theirs.map(({ Source }) => Source)).toEqual([`${repositories}/shop`]);
  });

  it('shows no environment of the host’s', async () => {
    const { stdout } = await host.ssh('ann', ['env']);
    expect(stdout.toString()).not.toMatch(/^(SUDO_|DOCKER_|XDG_|NODE_|DEVENV_TEST)/m);
  });

  it('makes nobody root by a setuid file of the image’s', async () => {
    const { stdout } = await host.ssh('ann', ['id-as-root -u']);
    expect(stdout.toString()).toBe(`${host.account('ann').uid}\n`);
  });

  it('makes nobody root by a setuid file in the repository', async () => {
    const file = join(host.account('ann').repositories, 'shop/id');
    await copyFile('/usr/bin/id', file);
    await chmod(file, 0o4755);
    const { stdout } = await host.ssh('ann', ['./id -u']);
    expect(stdout.toString()).toBe(`${host.account('ann').uid}\n`);
  });

  it('holds a fork bomb in, and others do not feel it', async () => {
    const bomb = host.startSsh('ann', ['bash -c ":(){ :|:& };:; sleep 1000"'], { stdin: 'ignore' });
    await eventually(
      () => host.processesOf('ann'),
      (all) => all.length > 40,
    );
    expect((await host.ssh('bob', ['echo in'])).stdout.toString()).toBe('in\n');
    // The sessions' own way in is not counted: a few processes of the host.
    expect((await host.processesOf('ann')).length).toBeLessThan(64 + 20);
    bomb.kill('SIGKILL');
    await bomb;
    for (const { Id } of await host.containers('ann')) await testEngine().removeContainer(Id);
    expect((await host.ssh('ann', ['echo again'])).stdout.toString()).toBe('again\n');
  }, 120_000);

  it('ends what takes all memory, and is there for the next command', async () => {
    const hog = 'a = []\nwhile True: a.append(bytearray(b"x") * 10000000)';
    const { status } = await host.ssh('ann', [`python3 -c '${hog}'`]);
    expect(status).not.toBe(0);
    expect((await host.ssh('ann', ['echo again'])).stdout.toString()).toBe('again\n');
  });

  it('cannot fill the disk by its log', async () => {
    await host.ssh('ann', ['true']);
    const [container] = await host.containers('ann');
    // The first process may write there, and it belongs to the person.
    await host.ssh('ann', ['yes xxxxxxxxxxxxxxxx | head -c 20000000 > /proc/1/fd/1']);
    const { LogPath = '' } = container! as { LogPath?: string };
    const size = LogPath === '' ? 0 : (await stat(LogPath)).size;
    expect(size).toBeLessThanOrEqual(1.5 * megabyte);
  });

  it('reaches neither other workspaces nor the host', async () => {
    const server = createServer((socket) => socket.end('reached')).listen(0, '0.0.0.0');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const serve = `import socket, time; s = socket.create_server(("", ${port})); time.sleep(1000)`;
    const bobs = host.startSsh('bob', [`python3 -c '${serve}'`], { stdin: 'ignore' });
    const reach = async (name: string, address: string): Promise<string> => {
      const script = `import socket; socket.create_connection(("${address}", ${port}), 3); print("in")`;
      return (await host.ssh(name, [`python3 -c '${script}'`])).stdout.toString();
    };
    // It is there, for who may reach it.
    await eventually(
      () => reach('bob', '127.0.0.1'),
      (answer) => answer === 'in\n',
      30_000,
    );
    await host.ssh('ann', ['true']);
    const [address] = (await host.ssh('bob', ['hostname -I'])).stdout.toString().split(' ');
    const networks = (await host.containers('ann'))[0]!.NetworkSettings.Networks;
    const gateway = Object.values(networks)[0]!.Gateway;
    expect(address).toMatch(/^\d+\./);
    expect(gateway).toMatch(/^\d+\./);
    for (const target of [address!, gateway, '172.17.0.1', 'host.docker.internal']) {
      expect([target, await reach('ann', target)]).toEqual([target, '']);
    }
    bobs.kill('SIGKILL');
    server.close();
    await bobs;
  });

  it('does not reach the link-local address where clouds have their metadata', async () => {
    await host.ssh('ann', ['true']);
    const service = await serveMetadata();
    try {
      const command = reaching(metadataAddress, service.port);
      // It is there, for the host and for who may reach it.
      expect((await host.asRoot(['sh', '-c', command])).trim()).toBe('reached');
      expect(await runUnconfined(engineApi(), host.image, command)).toBe('reached');
      const { stdout, stderr } = await host.ssh('ann', command);
      expect(stdout.toString(), stderr).toBe('refused\n');
    } finally {
      await service.close();
    }
  });

  it('has no network at all where the policy says none', async () => {
    await host.policy({ network: { mode: 'none' } });
    await host.repository('ann', 'alone', { 'devenv.yaml': `image: ${host.image}\n` });
    const { stdout, stderr } = await host.ssh('ann', ['@alone ls /sys/class/net']);
    expect(stdout.toString(), stderr).toBe('lo\n');
    await host.policy();
  });
});
