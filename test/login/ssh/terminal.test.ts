import { once } from 'node:events';
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { shellRaw } from '../../support/login/raw-client.ts';
import { aLoginHost, describeWithLoginHost } from '../../support/login-host.ts';

for (const door of ['ForceCommand', 'passwd shell', 'both'] as const) {
  describeWithLoginHost(`a terminal, by way of ${door}`, () => {
    const host = aLoginHost({ door });

    it('has a shell in the container, with the terminal of the client', async () => {
      const { uid, repositories } = host.account('ann');
      const terminal = host.terminal('ann', [], { columns: 91, rows: 37 });
      await terminal.waitFor(/[$#] /, 60_000);
      terminal.write('echo uid=$(id -u) dir=$PWD term=$TERM size=$(stty size)\r');
      await terminal.waitFor(
        new RegExp(`uid=${uid} dir=${repositories}/shop term=xterm\\S* size=37 91`),
      );
      terminal.write('exit 3\r');
      expect(await terminal.exited).toBe(3);
    });

    it('is one for a command, too, where ssh is asked for it', async () => {
      const terminal = host.terminal('ann', ['tty; exit 5']);
      await terminal.waitFor(/\/dev\/pts\/\d+/, 60_000);
      expect(await terminal.exited).toBe(5);
    });
  });
}

describeWithLoginHost('a terminal on a shared host', () => {
  const host = aLoginHost();

  it('gives signals of the keyboard to what runs', async () => {
    const terminal = host.terminal('ann');
    await terminal.waitFor(/[$#] /, 60_000);
    terminal.write('sleep 1234\r');
    await eventually(
      () => host.processesOf('ann'),
      (all) => all.includes('sleep 1234'),
    );
    terminal.write('\x03');
    terminal.write('echo still-$((40+2))\r');
    await terminal.waitFor(/still-42/);
    expect(await host.processesOf('ann')).not.toContain('sleep 1234');
    terminal.write('\x04');
    await terminal.exited;
  });

  it('follows the size of the client’s', async () => {
    const terminal = host.terminal('ann');
    await terminal.waitFor(/[$#] /, 60_000);
    terminal.resize(133, 44);
    // The news of it goes another way than what is typed.
    const size = eventually(
      async () => {
        terminal.write('stty size\r');
        const [text] = await terminal.waitFor(/\d+ \d+\r/);
        return text;
      },
      (text) => text === '44 133\r',
    );
    await size;
    terminal.write('exit\r');
    expect(await terminal.exited).toBe(0);
  });

  it('of no size at all has a shell like any other', async () => {
    // What ssh says of a terminal that it is told to have and has not.
    const options = { extraOptions: ['-tt'], input: 'exit 4\n' };
    expect((await host.ssh('ann', ['stty size'], { extraOptions: ['-tt'] })).status).toBe(0);
    expect((await host.ssh('ann', [], options)).status).toBe(4);
  });

  it.each([
    [0, 0],
    [65_535, 65_535],
    [1, 1],
    [4_294_967_295, 4_294_967_295],
  ])('of %d rows and %d columns has a shell like any other', async (rows, cols) => {
    const client = await host.connect('ann');
    const shell = await shellRaw(client, { rows, cols });
    const ended = once(shell.channel, 'exit');
    for (let time = 0; time < 100; time++) shell.channel.setWindow(rows, cols, 0, 0);
    shell.channel.setWindow(44, 133, 0, 0);
    // What was typed before the terminal is the shell's may be asked for again.
    await eventually(
      () => {
        shell.channel.write('stty size\n');
        return shell.said;
      },
      (said) => said.includes('44 133'),
      60_000,
    );
    for (let time = 0; time < 100; time++) shell.channel.setWindow(rows, cols, 0, 0);
    shell.channel.write('exit 6\n');
    const [status] = (await ended) as [number];
    client.end();
    expect(status).toBe(6);
  });

  it('has no keys that leave the session', async () => {
    const terminal = host.terminal('ann', ['cat -v']);
    await eventually(
      () => host.processesOf('ann'),
      (all) => all.includes('cat -v'),
    );
    terminal.write('a\x10\x11b\r');
    // The terminal itself takes the second for "go on".
    await terminal.waitFor(/a\^P(\^Q)?b/);
    terminal.write('\x04');
    expect(await terminal.exited).toBe(0);
  });
});
