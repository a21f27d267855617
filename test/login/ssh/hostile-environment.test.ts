import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { aLoginHost, describeWithLoginHost, loginBroker } from '../../support/login-host.ts';

for (const door of ['ForceCommand', 'passwd shell', 'both'] as const) {
  describeWithLoginHost(`what a client and a home may say, by way of ${door}`, () => {
    const host = aLoginHost({ users: ['ann', 'bob'], door, sshd: { AcceptEnv: '*' } });
    let home: string;
    let marker: string;
    let evil: Record<string, string>;

    beforeAll(async () => {
      home = host.account('ann').home;
      marker = join(home, 'ran-on-the-host');
      const names = ['sudo', 'node', 'docker', 'sh', 'id', 'setpriv', 'env'];
      const script = `#!/bin/sh\n/usr/bin/touch ${marker}\n`;
      await host.files('ann', home, {
        'evil.sh': script,
        'evil.cjs': `require('fs').writeFileSync('${marker}', '');\n`,
        'modules/node:fs/index.js': `require('fs').writeFileSync('${marker}', '');\n`,
        ...Object.fromEntries(names.map((name) => [`bin/${name}`, script])),
      });
      for (const name of names) await chmod(join(home, 'bin', name), 0o755);
      evil = {
        LD_PRELOAD: `${home}/absent.so`,
        LD_LIBRARY_PATH: `${home}/bin`,
        LD_AUDIT: `${home}/absent.so`,
        BASH_ENV: `${home}/evil.sh`,
        ENV: `${home}/evil.sh`,
        'BASH_FUNC_exec%%': `() { /usr/bin/touch ${marker}; }`,
        SHELLOPTS: 'xtrace',
        PS4: `$(/usr/bin/touch ${marker})`,
        IFS: '/',
        NODE_OPTIONS: `--require ${home}/evil.cjs`,
        NODE_PATH: `${home}/modules`,
        PATH: `${home}/bin:/usr/bin:/bin`,
        DOCKER_HOST: `unix://${home}/docker.sock`,
        DOCKER_CONFIG: home,
        XDG_CONFIG_HOME: home,
        HOME: '/root',
        USER: 'root',
        LOGNAME: 'root',
        SUDO_UID: '0',
        SUDO_USER: 'root',
        SUDO_GID: '0',
        DEVENV_DEBUG: '1',
        PYTHONSTARTUP: `${home}/evil.sh`,
      };
    });

    beforeEach(() => expect(existsSync(marker)).toBe(false));

    // Without sshd's Match block nothing keeps AcceptEnv * from sending it to whatever shell there is.
    const linker = door === 'passwd shell' ? [] : ['LD_PRELOAD', 'LD_AUDIT'];

    it.each([
      ...linker,
      'LD_LIBRARY_PATH',
      'BASH_ENV',
      'SHELLOPTS',
      'IFS',
      'NODE_OPTIONS',
      'NODE_PATH',
      'PATH',
      'HOME',
      'DOCKER_HOST',
      'SUDO_UID',
    ])('runs nothing on the host and changes nothing with a sent %s', async (name) => {
      // ssh itself is not to be led astray.
      const set = { extraOptions: ['-o', `SetEnv=${quoted(name, evil[name]!)}`] };
      const { stdout, stderr, status } = await host.ssh('ann', ['id -u; pwd; env'], set);
      const [uid, pwd, ...environment] = stdout.toString().split('\n');
      expect(status, stderr).toBe(0);
      expect(stderr).toBe('');
      expect(uid).toBe(String(host.account('ann').uid));
      expect(pwd).toBe(`${host.account('ann').repositories}/shop`);
      expect(environment).not.toContain(`${name}=${evil[name]}`);
      expect(existsSync(marker)).toBe(false);
    });

    it('runs nothing on the host with all of it at once', async () => {
      const set = Object.entries(evil).map(([name, value]) => quoted(name, value));
      const extraOptions = ['-o', `SetEnv=${set.join(' ')}`];
      const { stdout, stderr, status } = await host.ssh('ann', ['id -u'], { extraOptions });
      expect(stdout.toString(), stderr).toBe(`${host.account('ann').uid}\n`);
      expect(status).toBe(0);
      expect(existsSync(marker)).toBe(false);
    });

    it('takes a command that was sent as a variable for the person’s own words', async () => {
      const set = `SSH_ORIGINAL_COMMAND="touch ${marker}; id -u"`;
      const extraOptions = ['-o', `SetEnv=${set}`];
      const { stdout, stderr, status } = await host.ssh('ann', [], { extraOptions });
      // Either a shell that gets no input, or that command: in the container both.
      expect(['', `${host.account('ann').uid}\n`]).toContain(stdout.toString());
      expect(status, stderr).toBe(0);
      expect(existsSync(marker)).toBe(false);
      const chosen = ['-o', 'SetEnv=SSH_ORIGINAL_COMMAND="@../bob/shop id"'];
      await host.ssh('ann', [], { extraOptions: chosen });
      expect(await host.containers('bob')).toEqual([]);
    });

    it('does not run the files of the home', async () => {
      const touch = `/usr/bin/touch ${marker}\n`;
      const names = ['.bashrc', '.bash_profile', '.profile', '.bash_login', '.zshenv', '.kshrc'];
      await host.files('ann', home, {
        ...Object.fromEntries(names.map((name) => [name, touch])),
        '.ssh/rc': touch,
        '.ssh/environment': `BASH_ENV=${home}/evil.sh\nPATH=${home}/bin\n`,
        '.pam_environment': `LD_PRELOAD=${home}/absent.so\nBASH_ENV=${home}/evil.sh\n`,
        '.config/devenv/config.yaml': `engine: unix://${home}/docker.sock\nimage: evil\n`,
        '.docker/config.json': '{"currentContext":"evil","credsStore":"evil"}',
      });
      const { stdout, stderr } = await host.ssh('ann', ['id -u']);
      expect(stdout.toString(), stderr).toBe(`${host.account('ann').uid}\n`);
      const terminal = host.terminal('ann');
      await terminal.waitFor(/[$#] /, 60_000);
      terminal.write('exit\r');
      await terminal.exited;
      expect(existsSync(marker)).toBe(false);
    });

    it('lets authorized_keys say nothing that runs on the host', async () => {
      const keys = join(home, '.ssh/authorized_keys');
      const key = await readFile(keys, 'utf8');
      const forced = `command="/usr/bin/touch ${marker}; id -u",environment="BASH_ENV=${home}/evil.sh"`;
      await writeFile(keys, `${forced} ${key}`);
      const { stdout } = await host.ssh('ann', ['id -u']);
      await writeFile(keys, key);
      expect(stdout.toString()).toBe(`${host.account('ann').uid}\n`);
      expect(existsSync(marker)).toBe(false);
    });

    it('lets nobody be somebody else by calling the broker another way', async () => {
      const { uid } = host.account('ann');
      const spoofed = ['env', `SUDO_UID=${host.account('bob').uid}`, 'SUDO_USER=bob', 'USER=bob'];
      await host.asUser('ann', [...spoofed, 'sudo', '-n', loginBroker]);
      expect(await host.containers('bob')).toEqual([]);
      for (const container of await host.containers('ann')) {
        expect(container.Config.Labels['devenv.uid']).toBe(String(uid));
      }
      const more = [
        [loginBroker, '--help'],
        [`SUDO_UID=0`, loginBroker],
        ['-E', loginBroker],
        ['-u', 'bob', loginBroker],
        ['/bin/sh'],
        [process.execPath, '-e', ''],
      ];
      for (const argv of more) {
        const { stderr, status } = await host.asUser('ann', ['sudo', '-n', ...argv]);
        expect([argv, status], stderr).toEqual([argv, 1]);
      }
    });
  });
}

describeWithLoginHost('what Node has compiled before', () => {
  const host = aLoginHost();

  it('is not read from a home, which may be mounted inside', async () => {
    expect((await host.ssh('ann', ['echo in'])).stdout.toString()).toBe('in\n');
    expect(existsSync(join(host.account('ann').home, '.cache'))).toBe(false);
  });
});

describeWithLoginHost('forwarding', () => {
  const host = aLoginHost();

  it('of a port of the host is refused', async () => {
    const server = createServer((socket) => socket.end('reached')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const extraOptions = ['-W', `127.0.0.1:${port}`];
    const { stdout, status } = await host.ssh('ann', [], { extraOptions });
    server.close();
    expect(stdout.toString()).toBe('');
    expect(status).not.toBe(0);
  });

  it('of a port to the client is refused', async () => {
    const strict = ['-o', 'ExitOnForwardFailure=yes'];
    const extraOptions = [...strict, '-R', '0:127.0.0.1:9'];
    const { stdout, status } = await host.ssh('ann', ['echo in'], { extraOptions });
    expect(stdout.toString()).toBe('');
    expect(status).toBe(255);
  });

  it('of a socket of the host is refused', async () => {
    const local = join(host.folder, 'private/forwarded');
    const socket = join(host.folder, 'socket');
    const server = createServer((connection) => connection.end('reached')).listen(socket);
    await once(server, 'listening');
    await chmod(socket, 0o777);
    const options = { extraOptions: ['-N', '-L', `${local}:${socket}`], stdin: 'ignore' as const };
    const client = host.startSsh('ann', [], options);
    await eventually(
      () => existsSync(local),
      (there) => there,
    );
    const connection = connect(local);
    let received = '';
    connection.on('data', (chunk) => (received += chunk.toString()));
    await once(connection, 'close');
    client.kill();
    await client;
    server.close();
    expect(received).toBe('');
  });

  it('of an agent is not there unless the policy says so', async () => {
    const { stdout } = await host.ssh('ann', ['echo "${SSH_AUTH_SOCK-none}"'], {
      extraOptions: ['-A'],
      env: { SSH_AUTH_SOCK: '/nonexistent' },
    });
    expect(stdout.toString()).toBe('none\n');
  });
});

/** As ssh's SetEnv wants it. */
function quoted(name: string, value: string): string {
  return `${name}="${value.replaceAll('"', '\\"')}"`;
}
