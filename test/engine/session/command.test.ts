import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attach } from '../../../cli/src/engine/attach.ts';
import { describeWithEngine } from '../../support/engine.ts';
import { startEngineProxy } from '../../support/engine-proxy.ts';
import { Docker } from '../../../cli/src/engine/docker.ts';
import { plainImage } from '../../support/images.ts';
import { startTestContainer, type TestContainer } from '../../support/test-container.ts';

describeWithEngine('a command in a session', () => {
  const images = { 'Debian, uid 1000': '1000:1000', 'busybox, root': '0:0' };
  for (const [title, user] of Object.entries(images)) {
    describe(title, () => {
      let container: TestContainer;
      beforeAll(async () => {
        const image = user === '0:0' ? await plainImage() : 'debian:bookworm-slim';
        container = await startTestContainer({ image, user });
      });
      afterAll(() => container.remove());

      it('gets its arguments exactly, and an end of its input', async () => {
        const odd = ['', ' ', 'a\nb\n', '"', "'", '-n', '--', '$HOME `id` \\', 'ü€😀', '*', '&&'];
        const script = 'for one; do printf "%s|" "$one"; done; cat';
        const { stdout } = await container.run(['sh', '-c', script, 'x', ...odd], { input: '.' });
        expect(stdout).toBe(`${odd.join('|')}|.`);
      });

      it('gets its environment exactly, with what a shell would drop or change', async () => {
        const environment = {
          PLAIN: 'a b\n"c" \'d\' $e ü',
          EMPTY: '',
          'npm_config_//host/:_x': 'odd',
          PWD: '/nowhere',
          OPTIND: 'x',
          PS1: '$ ',
          IFS: ':',
        };
        const { stdout } = await container.run(['cat', '/proc/self/environ'], { environment });
        const seen = Object.fromEntries(
          stdout.split('\0').map((line) => line.split(/=(.*)/s).slice(0, 2)),
        );
        expect(seen).toMatchObject(environment);
        expect(Object.keys(seen)).not.toContain('OLDPWD');
        expect(Object.keys(seen)).not.toContain('SHLVL');
      });

      it('runs as the user, in the folder, that were asked for', async () => {
        const { stdout } = await container.run(['sh', '-c', 'id -u; pwd'], { workingDir: '/etc' });
        expect(stdout).toBe(`${user.split(':')[0]}\n/etc\n`);
      });

      it('gives its own exit status, and 128+n for a signal', async () => {
        expect((await container.run(['sh', '-c', 'exit 42'])).status).toBe(42);
        expect((await container.run(['sh', '-c', 'kill -TERM $$'])).status).toBe(143);
        expect((await container.run(['sh', '-c', 'kill -KILL $$'])).status).toBe(137);
      });

      it('gives 127 when the command is not found and 126 when it cannot be executed', async () => {
        const missing = await container.run(['no-such-program']);
        expect(missing).toMatchObject({ status: 127, stdout: '' });
        expect(missing.stderr).toBe('devenv: no-such-program: not found in the workspace\n');
        expect((await container.run(['/no/such/program'])).status).toBe(127);
        const refused = await container.run(['/etc/passwd']);
        expect(refused).toMatchObject({ status: 126, stdout: '' });
        expect(refused.stderr).toMatch(/passwd: Permission denied/i);
      });

      it('keeps stdout and stderr apart', async () => {
        const result = await container.run(['sh', '-c', 'echo one; echo two >&2; echo three']);
        expect(result).toEqual({ status: 0, stdout: 'one\nthree\n', stderr: 'two\n' });
      });

      it('waits for the status of a command that has closed its streams', async () => {
        const script = 'exec >/dev/null 2>&1; sleep 1; exit 9';
        expect((await container.run(['sh', '-c', script])).status).toBe(9);
      });

      it('fails clearly in a folder that does not exist', async () => {
        await expect(container.run(['true'], { workingDir: '/no/such' })).rejects.toMatchObject({
          code: 'session_failed',
          exitCode: 125,
          message: expect.stringContaining('/no/such') as string,
        });
      });

      it('fails clearly for a user that does not exist', async () => {
        await expect(container.run(['true'], { user: 'nobody-here' })).rejects.toMatchObject({
          code: 'session_failed',
          message: expect.stringContaining('nobody-here') as string,
        });
      });
    });
  }

  it('costs the engine three calls when it is short', async () => {
    const container = await startTestContainer();
    const proxy = await startEngineProxy();
    try {
      const session = { argv: ['true'], user: '1000:1000', workingDir: '/', environment: {} };
      const streams = { tty: false, stdin: null, stdout: process.stdout, stderr: process.stderr };
      const docker = new Docker({ host: proxy.host });
      await attach(docker, { container: container.name, ...session, ...streams });
      expect(proxy.calls.map((call) => call.replace(/\/[0-9a-f]{64}\b/, '/ID'))).toEqual([
        `POST /containers/${container.name}/exec`,
        'POST /exec/ID/start',
        'GET /exec/ID/json',
      ]);
    } finally {
      await proxy.close();
      await container.remove();
    }
  });

  it('says that the engine has gone when it dies in the middle', async () => {
    const container = await startTestContainer();
    const proxy = await startEngineProxy();
    try {
      const docker = new Docker({ host: proxy.host });
      const session = { argv: ['sleep', '3456'], user: '1000:1000', workingDir: '/' };
      const running = attach(docker, {
        container: container.name,
        ...session,
        ...{ environment: {}, tty: false, stdin: null },
        ...{ stdout: process.stdout, stderr: process.stderr },
      });
      setTimeout(() => void proxy.close(), 700);
      await expect(running).rejects.toMatchObject({ code: 'engine_unreachable' });
      // The guard ends what the engine cannot report on any more.
      await expect.poll(() => container.processes(), { timeout: 10_000 }).toEqual([]);
    } finally {
      await container.remove();
    }
  });

  it('says that the workspace was stopped when it was', async () => {
    const container = await startTestContainer();
    try {
      const running = container.run(['sleep', '3456']);
      setTimeout(() => void container.docker.stopContainer(container.name, 1), 500);
      const { status, stderr } = await running;
      expect(status).toBe(137);
      expect(stderr).toContain('the workspace was stopped');
    } finally {
      await container.remove();
    }
  });

  it('fails clearly in a container that does not run', async () => {
    const container = await startTestContainer();
    try {
      await container.docker.stopContainer(container.name, 1);
      await expect(container.run(['true'])).rejects.toMatchObject({ code: 'session_failed' });
    } finally {
      await container.remove();
    }
  });
});
