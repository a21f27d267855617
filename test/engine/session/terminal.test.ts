import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildDriver, type Driver, type DriverSession } from '../../support/driver.ts';
import { describeWithEngine } from '../../support/engine.ts';
import { startEngineProxy } from '../../support/engine-proxy.ts';
import { plainImage } from '../../support/images.ts';
import { openPty, type Pty } from '../../support/pty.ts';
import { startTestContainer, type TestContainer } from '../../support/test-container.ts';

describeWithEngine('a session on a terminal', () => {
  let driver: Driver;
  let container: TestContainer;
  let pty: Pty | undefined;
  beforeAll(async () => {
    driver = await buildDriver();
  });
  afterAll(() => driver.remove());
  afterEach(() => {
    pty?.kill('SIGKILL');
    pty = undefined;
    return container.remove();
  });

  function attachOn(session: Partial<DriverSession>, size = {}): Pty {
    const environment = { TERM: 'xterm-256color', PS1: 'inside$ ', ...session.environment };
    const env = driver.environment(container, {
      argv: ['sh', '-i'],
      tty: true,
      ...session,
      environment,
    });
    return openPty(process.execPath, [driver.program], { env, ...size });
  }

  for (const title of ['Debian, uid 1000', 'busybox, root']) {
    describe(title, () => {
      beforeEach(async () => {
        container =
          title === 'busybox, root'
            ? await startTestContainer({ image: await plainImage(), user: '0:0' })
            : await startTestContainer();
      });

      it('shows a prompt, follows the size, takes Ctrl-C and gives the exit status', async () => {
        const terminal = (pty = attachOn({}, { columns: 97, rows: 31 }));
        await terminal.waitFor(/inside\$ /);
        terminal.write('stty size; tty\r');
        await terminal.waitFor(/\r\n31 97\r\n\/dev\/pts\/\d+\r\n/);

        terminal.resize(100, 40);
        terminal.resize(101, 41);
        terminal.write('sleep 0.5; stty size\r');
        await terminal.waitFor(/\b41 101\r\n/);

        terminal.write('sleep 1234\r');
        await terminal.waitFor(/sleep 1234\r\n/);
        await expect.poll(() => container.processes()).toContain('sleep 1234');
        terminal.write('\x03');
        await terminal.waitFor(/inside\$ /);
        terminal.write('echo status $?\r');
        await terminal.waitFor(/\r\nstatus 130\r\n/);

        terminal.write('exit 21\r');
        expect(await terminal.exited).toBe(21);
        expect(terminal.output).not.toContain('devenv-session');
      });

      it('hangs up when the terminal closes', async () => {
        pty = attachOn({ argv: ['sh', '-c', 'echo ready; sleep 2345; sleep 2346'] });
        await pty.waitFor(/ready\r\n/);
        pty.close();
        expect(await pty.exited).toBe(129);
        await expect.poll(() => container.processes(), { timeout: 10_000 }).toEqual([]);
      });

      it('does not live on when the client is killed', async () => {
        pty = attachOn({ argv: ['sh', '-c', 'trap "" HUP; echo ready; sleep 2345'] });
        await pty.waitFor(/ready\r\n/);
        await new Promise((resolve) => setTimeout(resolve, 1000));
        pty.kill('SIGKILL');
        await expect.poll(() => container.processes(), { timeout: 10_000 }).toEqual([]);
      });
    });
  }

  describe('in detail', () => {
    beforeEach(async () => {
      container = await startTestContainer();
    });

    it('has its size before the command looks at it, however fast that is', async () => {
      for (const columns of [61, 62, 63, 64, 65]) {
        pty = attachOn({ argv: ['stty', 'size'] }, { columns, rows: 20 });
        expect(await pty.exited).toBe(0);
        expect(pty.output).toBe(`20 ${columns}\r\n`);
      }
    });

    it('knows job control', async () => {
      const terminal = (pty = attachOn({ argv: ['bash', '--norc', '-i'] }));
      await terminal.waitFor(/inside\$ /);
      terminal.write('sleep 1234\r');
      await expect.poll(() => container.processes()).toContain('sleep 1234');
      terminal.write('\x1a');
      await terminal.waitFor(/Stopped +sleep 1234/);
      terminal.write('bg; jobs\r');
      await terminal.waitFor(/Running +sleep 1234/);
      terminal.write('kill %1; exit\r');
      expect(await terminal.exited).toBe(0);
    });

    it('passes every key on, also those that engines detach on', async () => {
      const script = 'stty raw -echo; echo ready; head -c 12 | od -An -tx1; stty sane';
      const terminal = (pty = attachOn({ argv: ['sh', '-c', script] }));
      await terminal.waitFor(/ready/);
      for (const key of '\x10\x11\x03\x1c\x1a\x04\x00\x00\x1e\x00\x1b') {
        terminal.write(key);
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
      terminal.write('x');
      await terminal.waitFor(/10 11 03 1c 1a 04 00 00 1e 00 1b 78/);
      expect(await terminal.exited).toBe(0);
    });

    it('does not delay ctrl-p', async () => {
      const script = 'stty raw -echo; echo ready; head -c 1 | od -An -tx1; stty sane';
      const terminal = (pty = attachOn({ argv: ['sh', '-c', script] }));
      await terminal.waitFor(/ready/);
      terminal.write('\x10');
      await terminal.waitFor(/ 10/, 2000);
      expect(await terminal.exited).toBe(0);
    });

    it('leaves line feeds and colours as the program wrote them', async () => {
      const script = 'stty -opost; printf "\\033[31mab\\n\\033[0mcd"; stty sane; echo';
      pty = attachOn({ argv: ['sh', '-c', script] });
      expect(await pty.exited).toBe(0);
      expect(pty.output).toBe('\x1b[31mab\n\x1b[0mcd\r\n');
    });

    it('puts the terminal back, whatever happens', async () => {
      const proxy = await startEngineProxy();
      try {
        const run = (variable: string): string => `SESSION="$${variable}" "$0" "$1"; stty -a`;
        const script = ['exec 2>&1; stty -a', run('DONE'), run('FAILED'), run('DIED')].join(
          '; echo ---; ',
        );
        const session = (options: DriverSession): string =>
          driver.environment(container, { tty: true, ...options }).SESSION!;
        const env = {
          ...process.env,
          DONE: session({ argv: ['true'] }),
          FAILED: session({ argv: ['true'], workingDir: '/no/such' }),
          DIED: session({ argv: ['sh', '-c', 'echo ready; sleep 100'], host: proxy.host }),
        };
        const terminal = (pty = openPty('sh', ['-c', script, process.execPath, driver.program], {
          env,
        }));
        await terminal.waitFor(/ready/);
        await proxy.close();
        expect(await terminal.exited).toBe(0);
        expect(terminal.output).toContain('engine_unreachable');
        const modes = terminal.output
          .split('---')
          .map((part) => part.slice(part.indexOf('speed')).trim());
        expect(modes).toHaveLength(4);
        expect(new Set(modes).size).toBe(1);
        expect(modes[0]).toMatch(/ icanon .* echo /s);
      } finally {
        await proxy.close().catch(() => undefined);
      }
    });

    it('puts the terminal back when a signal ends it', async () => {
      const script = 'stty -a; echo ---; "$0" "$1"; echo status $?; stty -a';
      const env = driver.environment(container, {
        argv: ['sh', '-c', 'echo ready; sleep 100'],
        tty: true,
      });
      const terminal = (pty = openPty('sh', ['-c', script, process.execPath, driver.program], {
        env,
      }));
      await terminal.waitFor(/ready/);
      const children = execFileSync('ps', ['--ppid', String(terminal.pid), '-o', 'pid=']);
      process.kill(Number(String(children).trim()), 'SIGTERM');
      expect(await terminal.exited).toBe(0);
      const [before, after] = terminal.output
        .split('---')
        .map((part) => part.slice(part.indexOf('speed')).trim());
      expect(terminal.output).toMatch(/status 1(29|43)\r\n/);
      expect(after).toBe(before);
    });
  });
});
