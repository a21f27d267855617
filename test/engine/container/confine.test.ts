import { randomBytes } from 'node:crypto';
import { mkdir, rename, stat, symlink } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { confineContainer } from '../../../cli/src/engine/container/confine.ts';
import { createNetwork } from '../../../cli/src/engine/container/create-network.ts';
import { readConfined, workspaceFolder } from '../../../cli/src/engine/host/workspace-folder.ts';
import type { CheckedPlace } from '../../../cli/src/plan/confine.ts';
import { describeWithEngine, testEngine } from '../../support/engine.ts';
import { startTestContainer, type TestContainer } from '../../support/test-container.ts';
import { testFolder } from '../../support/temp-folder.ts';

const notRoot = process.getuid?.() === 0 ? undefined : 'it needs root';

describeWithEngine('confineContainer', () => {
  if (notRoot !== undefined) return it.skip(`confines (skipped: ${notRoot})`);
  const undo: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const one of undo.splice(0).reverse()) await one();
  });

  const confinement = {
    network: 'isolated' as const,
    pool: '10.214.0.0/16',
    deny: ['169.254.0.0/16', '192.0.2.0/24'],
    hostPorts: [] as number[],
    logBytes: 1_000_000,
    diskBytes: undefined,
  };

  /** In a network of its own, as a workspace behind the login shell is. */
  async function networked(): Promise<TestContainer> {
    const docker = testEngine();
    const name = `devenv-test-${randomBytes(4).toString('hex')}-net`;
    // Both ask for the same addresses: the second one gets the next.
    const subnets = ['10.214.255.0/28', '10.214.255.16/28', '10.214.255.32/28'];
    await createNetwork(docker, {
      do: 'create-network',
      name,
      labels: {},
      internal: false,
      subnets,
    });
    undo.push(() => docker.removeNetwork(name));
    const container = await startTestContainer({ network: name });
    undo.push(() => container.remove());
    return container;
  }

  async function confine(container: TestContainer, changes = {}): Promise<void> {
    const folder = workspaceFolder(await testFolder(), 'one');
    const action = { do: 'confine-container', container: container.name } as const;
    const confined = { ...confinement, ...changes };
    await confineContainer(
      container.docker,
      { ...action, confinement: confined, places: [] },
      folder,
    );
    const { Id, State } = (await container.docker.inspectContainer(container.name))!;
    expect(await readConfined(folder)).toEqual([`${Id} ${State.StartedAt}`]);
  }

  /** Whether a TCP connection can be made from inside, told by bash alone. */
  async function reaches(
    container: TestContainer,
    address: string,
    port: number,
  ): Promise<boolean> {
    const script = `exec 3<>/dev/tcp/${address}/${port}`;
    const { status } = await container.run(['timeout', '5', 'bash', '-c', script]);
    return status === 0;
  }

  /** A server of the host's, on all of its addresses. */
  async function listen(): Promise<number> {
    const server: Server = createServer((socket) => socket.on('error', () => {}).end('x')).listen(
      0,
      '0.0.0.0',
    );
    await new Promise((resolve) => server.once('listening', resolve));
    undo.push(() => new Promise((resolve) => server.close(resolve)));
    return (server.address() as AddressInfo).port;
  }

  async function gatewayOf({ docker, name }: TestContainer): Promise<string> {
    const { NetworkSettings } = (await docker.inspectContainer(name))! as unknown as {
      NetworkSettings: { Networks: Record<string, { Gateway: string; IPAddress: string }> };
    };
    return Object.values(NetworkSettings.Networks)[0]!.Gateway;
  }

  it('keeps from the host, but for the ports that are allowed', async () => {
    const container = await networked();
    const [port, allowed] = [await listen(), await listen()];
    const gateway = await gatewayOf(container);
    expect(await reaches(container, gateway, port)).toBe(true);
    await confine(container, { hostPorts: [allowed] });
    expect(await reaches(container, gateway, port)).toBe(false);
    expect(await reaches(container, gateway, allowed)).toBe(true);
  });

  it('keeps from other workspaces, and from what is denied, in a moment', async () => {
    const [container, other] = [await networked(), await networked()];
    await confine(container);
    const { NetworkSettings } = (await other.docker.inspectContainer(other.name))! as unknown as {
      NetworkSettings: { Networks: Record<string, { IPAddress: string }> };
    };
    const address = Object.values(NetworkSettings.Networks)[0]!.IPAddress;
    for (const denied of [address, '169.254.169.254', '192.0.2.1']) {
      const script = `exec 3<>/dev/tcp/${denied}/80`;
      const { status, stderr } = await container.run(['timeout', '5', 'bash', '-c', script]);
      // Refused, and not timed out.
      expect([status, stderr]).toEqual([1, expect.stringContaining('refused')]);
    }
  });

  it('lets nobody inside change that', async () => {
    const container = await networked();
    await confine(container);
    const { status } = await container.run(['bash', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward']);
    expect(status).not.toBe(0);
  });

  describe('of what is mounted', () => {
    async function mounted(): Promise<{ container: TestContainer; place: CheckedPlace }> {
      const folder = await testFolder();
      const path = join(folder, 'repository');
      await mkdir(path);
      const { dev, ino } = await stat(path, { bigint: true });
      const place = { path, device: String(dev), inode: String(ino) };
      const mount = { type: 'bind' as const, source: path, target: '/srv/work', readOnly: false };
      const container = await startTestContainer({ mounts: [mount] });
      undo.push(() => container.remove());
      return { container, place };
    }

    async function confineWith(container: TestContainer, places: CheckedPlace[]): Promise<void> {
      const folder = workspaceFolder(await testFolder(), 'one');
      const action = { do: 'confine-container', container: container.name } as const;
      const none = { ...confinement, network: 'none' as const };
      await confineContainer(container.docker, { ...action, confinement: none, places }, folder);
    }

    it('takes the very folder that was looked at', async () => {
      const { container, place } = await mounted();
      await confineWith(container, [place]);
    });

    it('refuses another one, and one that nobody has looked at', async () => {
      const { container, place } = await mounted();
      const denied = expect.objectContaining({ code: 'denied' });
      await expect(confineWith(container, [{ ...place, inode: '1' }])).rejects.toEqual(denied);
      await expect(confineWith(container, [])).rejects.toEqual(denied);
    });

    it('refuses what has been put in its place meanwhile', async () => {
      const { container, place } = await mounted();
      await container.docker.stopContainer(container.name, 0);
      await rename(place.path, `${place.path}-before`);
      await symlink('/etc', place.path);
      await container.docker.startContainer(container.name);
      const denied = expect.objectContaining({ code: 'denied' });
      await expect(confineWith(container, [place])).rejects.toEqual(denied);
    });
  });
});
