import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithEngine, testEngine } from '../support/engine.ts';
import { plainImage } from '../support/images.ts';
import { aPerson, containerOf, containersOf } from '../support/person.ts';

describeWithEngine('the ports of a workspace', () => {
  const person = aPerson();

  /** A project that publishes `ports` and serves its own files on `inside`, if that is given. */
  const project = async (name: string, ports: unknown[], inside?: number): Promise<string> => {
    const lines = [`image: ${await plainImage()}`, `ports: ${JSON.stringify(ports)}`];
    if (inside !== undefined) lines.push(`hooks: {start: httpd -p ${inside} -h .}`);
    return person.project(name, { 'devenv.yaml': `${lines.join('\n')}\n`, name });
  };

  it('are the ones asked for, on 127.0.0.1 and nowhere else', async () => {
    const port = await freePort();
    const folder = await project('plain', [port], port);
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect(await bindings(folder)).toEqual([`127.0.0.1:${port}->${port}/tcp`]);
    expect(await ask(`127.0.0.1:${port}/name`)).toBe('ok');
    for (const address of outsideAddresses()) {
      expect(`${address} ${await ask(`${address}:${port}/name`)}`).toBe(`${address} ECONNREFUSED`);
    }
  });

  it('move on when a program of this host has one, and say which program', async () => {
    const port = await freePort();
    const holder = await occupy(port, person.user);
    const folder = await project('program', [port], port);
    const { stderr } = await person.run(['up'], { cwd: folder });
    const [host] = await hostPorts(folder);
    expect(host).toBeGreaterThan(port);
    expect(stderr).toContain(
      `Port ${port} is taken by node (pid ${holder.pid}); using ${host} instead.`,
    );
    expect(await ask(`127.0.0.1:${host}/name`)).toBe('ok');
  });

  it('do not tell whose program it is where the caller may not know', async () => {
    const port = await freePort();
    await occupy(port);
    const folder = await project('somebodys', [port]);
    const { stderr } = await person.run(['up'], { cwd: folder });
    expect(stderr).toContain(`Port ${port} is taken by another program on this host;`);
  });

  it('leave to an exact one what is its own when they move on', async () => {
    const port = await freePort();
    await occupy(port);
    const folder = await project('exact-first', [port, `${port + 1}:80`]);
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect(await bindings(folder)).toContain(`127.0.0.1:${port + 1}->80/tcp`);
  });

  it('move on when another workspace has one, and both keep theirs when made anew', async () => {
    const port = await freePort();
    const one = await project('one', [port], port);
    const other = await project('other', [port], port);
    await person.run(['up'], { cwd: one });
    const { stderr } = await person.run(['up'], { cwd: other });
    const [moved] = await hostPorts(other);
    expect(moved).toBeGreaterThan(port);
    const { Name } = await containerOf(one);
    expect(stderr).toContain(
      `Port ${port} is taken by the container ${Name.slice(1)}; using ${moved} instead.`,
    );

    await person.run(['down'], { cwd: one });
    for (const again of [['restart'], ['rebuild'], ['stop'], ['up']]) {
      expect(await person.run(again, { cwd: other })).toMatchObject({ exitCode: 0 });
    }
    expect(await hostPorts(other)).toEqual([moved]);
    expect(await ask(`127.0.0.1:${moved}/name`)).toBe('ok');
    expect(await person.run(['up'], { cwd: one })).toMatchObject({ exitCode: 0 });
    expect(await hostPorts(one)).toEqual([port]);
  });

  it('stay where they are while the workspace itself serves on them', async () => {
    const port = await freePort();
    const folder = await project('itself', [port, `${port + 1}:${port}`], port);
    await person.run(['up'], { cwd: folder });
    const { Id } = await containerOf(folder);
    const again = await person.run(['rebuild'], { cwd: folder });
    expect(again.stderr).not.toContain('taken');
    expect((await containerOf(folder)).Id).not.toBe(Id);
    expect(await hostPorts(folder)).toEqual([port, port + 1]);
  });

  it('are refused where an exact one is taken, with its holder and nothing left half-made', async () => {
    const port = await freePort();
    const holder = await occupy(port, person.user);
    const folder = await project('exact', [`${port}:80`]);
    const { exitCode, stderr } = await person.run(['up'], { cwd: folder });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`Port ${port} is already taken by node (pid ${holder.pid}).`);
    expect(stderr).toContain('hint: ');
    expect(await containersOf(folder)).toEqual([]);
    expect(await testEngine().listVolumes([`devenv.root=${folder}`])).toEqual([]);

    await end(holder);
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect(await bindings(folder)).toEqual([`127.0.0.1:${port}->80/tcp`]);
  });

  it('leave the old container running when a new exact one is taken', async () => {
    const port = await freePort();
    const folder = await project('edited', [port], port);
    await person.run(['up'], { cwd: folder });
    const before = await containerOf(folder);
    await occupy(port + 1, person.user);
    await writeFile(
      join(folder, 'devenv.yaml'),
      `image: ${await plainImage()}\nports: ["${port + 1}:${port}"]\n`,
    );
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 1 });
    expect(await containerOf(folder)).toMatchObject({ Id: before.Id, State: before.State });
    expect(await ask(`127.0.0.1:${port}/name`)).toBe('ok');
  });

  it('are UDP ports where the file says so, taken only by UDP', async () => {
    const port = await freePort();
    await occupy(port, person.user);
    const folder = await person.project('udp', {
      'devenv.yaml': [
        'image: debian:bookworm-slim',
        `ports: ["${port}:5353/udp", "${port + 1}/udp"]`,
        'hooks: {start: "perl echo.pl >/dev/null 2>&1 &"}',
      ].join('\n'),
      'echo.pl': [
        'use IO::Socket::INET;',
        "my $socket = IO::Socket::INET->new(LocalPort => 5353, Proto => 'udp');",
        'while (my $from = $socket->recv(my $words, 99)) { $socket->send($words, 0, $from) }',
      ].join('\n'),
    });
    const socket = createSocket('udp4');
    socket.bind(port + 1, '127.0.0.1');
    await once(socket, 'listening');
    const up = await person.run(['up'], { cwd: folder });
    expect(up).toMatchObject({ exitCode: 0 });
    expect(await bindings(folder)).toContain(`127.0.0.1:${port}->5353/udp`);
    expect(await hostPorts(folder)).not.toContain(port + 1);
    expect(await echo(port, 'over there')).toBe('over there');

    const clash = await project('udp-clash', [`${port + 1}:53/udp`]);
    expect(await person.run(['up'], { cwd: clash })).toMatchObject({ exitCode: 1 });
    socket.close();
  });

  it('keep a stopped workspace from being entered when one was taken meanwhile; up moves it', async () => {
    const port = await freePort();
    const folder = await project('meanwhile', [port], port);
    await person.run(['up'], { cwd: folder });
    await person.run(['exec', '--', 'sh', '-c', 'echo kept > ~/mark'], { cwd: folder });
    await person.run(['stop'], { cwd: folder });
    const { Id } = await containerOf(folder);
    const holder = await occupy(port, person.user);

    for (const [args, exitCode] of [
      [['exec', '--', 'true'], 125],
      [['restart'], 1],
    ] as const) {
      const refused = await person.run([...args], { cwd: folder });
      expect(refused.exitCode).toBe(exitCode);
      expect(refused.stderr).toContain(`port ${port} is taken by node (pid ${holder.pid})`);
      expect(refused.stderr).toContain('devenv up');
      expect(await containerOf(folder)).toMatchObject({ Id, State: { Status: 'exited' } });
    }

    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    const [moved] = await hostPorts(folder);
    expect(moved).toBeGreaterThan(port);
    expect(await ask(`127.0.0.1:${moved}/name`)).toBe('ok');
    const { stdout } = await person.run(['exec', '--', 'cat', `${person.user.home}/mark`], {
      cwd: folder,
    });
    expect(stdout).toBe('kept\n');
  });

  async function bindings(folder: string): Promise<string[]> {
    const { NetworkSettings } = await containerOf(folder);
    return Object.entries(NetworkSettings.Ports ?? {}).flatMap(([inside, list]) =>
      (list ?? []).map(({ HostIp, HostPort }) => `${HostIp}:${HostPort}->${inside}`),
    );
  }

  async function hostPorts(folder: string): Promise<number[]> {
    const found = (await bindings(folder)).map((binding) => Number(/:(\d+)->/.exec(binding)?.[1]));
    return found.sort((one, other) => one - other);
  }
});

/** The first of three free ports in a row, below those that programs are given by chance. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 30_000);
    const free = await Promise.all([port, port + 1, port + 2].map(isFree));
    if (free.every(Boolean)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}

/** A program that listens on a port of 127.0.0.1 until the test is over. */
async function occupy(port: number, user?: { uid: number; gid: number }): Promise<ChildProcess> {
  const script = `require('net').createServer().listen(${port}, '127.0.0.1', () => console.log())`;
  const child = spawn(process.execPath, ['-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: '/',
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  onTestFinished(() => end(child));
  await once(child.stdout, 'data');
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}

/** Whether an HTTP server answers: `ok`, or the code of the failure. */
async function ask(address: string): Promise<string> {
  try {
    const answer = await fetch(`http://${address}`, { signal: AbortSignal.timeout(5_000) });
    return answer.ok ? 'ok' : String(answer.status);
  } catch (error) {
    return (error as { cause?: { code?: string } }).cause?.code ?? String(error);
  }
}

/** What comes back from a UDP port of 127.0.0.1; it is asked again until something does. */
async function echo(port: number, words: string): Promise<string> {
  const socket = createSocket('udp4');
  const again = setInterval(() => socket.send(words, port, '127.0.0.1'), 100);
  try {
    const [answer] = (await once(socket, 'message')) as [Buffer];
    return answer.toString();
  } finally {
    clearInterval(again);
    socket.close();
  }
}

/** The IPv4 addresses under which others reach this host. */
function outsideAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address);
}
