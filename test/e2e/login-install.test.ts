import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectValid } from '../commands/output-schemas.ts';
import { program } from '../support/cli.ts';
import { itUnless } from '../support/it-unless.ts';
import { noPrivateMounts } from '../support/login/private-mounts.ts';
import { makePrivateMachine, type PrivateMachine } from '../support/private-machine.ts';

const impossible = await whyNot();
const itHere = itUnless(impossible);

async function whyNot(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'only root can install it';
  const missing = ['/usr/bin/sudo', '/usr/sbin/sshd'].filter((path) => !existsSync(path));
  return missing.length > 0 ? `without ${missing.join(', ')}` : noPrivateMounts();
}

/** By what the programs for users and groups leave behind. */
const bookkeeping = /^\/etc\/((group|gshadow|passwd|shadow|subuid|subgid)-|\.pwd\.lock)$/;

const files = [
  '/etc/devenv',
  '/etc/devenv/policy.yaml',
  '/etc/group',
  '/etc/gshadow',
  '/etc/shells',
  '/etc/ssh/sshd_config.d/50-devenv.conf',
  '/etc/sudoers.d/devenv',
  '/etc/systemd/system/devenv-reap.service',
  '/etc/systemd/system/devenv-reap.timer',
  '/usr/local/bin/devenv-shell',
  '/usr/local/lib/devenv',
  '/usr/local/lib/devenv/bin',
  '/usr/local/lib/devenv/bin/devenv.cjs',
  '/usr/local/lib/devenv/dist',
  '/usr/local/lib/devenv/dist/main.cjs',
  '/usr/local/lib/devenv/installed.json',
  '/usr/local/lib/devenv/login-broker',
  '/usr/local/lib/devenv/package.json',
  '/var/log/devenv',
];

describe('the login shell on a machine', () => {
  let machine: PrivateMachine;

  beforeAll(async () => {
    if (impossible !== undefined) return;
    machine = await makePrivateMachine();
  });
  afterAll(() => machine?.dispose());

  function devenv(...args: string[]) {
    return machine.run([process.execPath, program, ...args]);
  }

  async function differences(): Promise<string[]> {
    return (await machine.differences()).filter((path) => !bookkeeping.test(path));
  }

  /** As somebody of the group, through the shell that sshd would start. */
  function login(args: string[], env: Record<string, string> = {}) {
    const drop = ['setpriv', '--reuid', 'ann', '--regid', 'ann', '--init-groups'];
    return machine.run([...drop, ...args], env);
  }

  itHere('is shown in full before it is there, and nothing is written', async () => {
    const { stdout, exitCode } = await devenv('login', 'install', '--timer', '--dry-run');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('+ Match Group devenv');
    expect(stdout).toContain('+ /usr/local/bin/devenv-shell');
    expect(await differences()).toEqual([]);
  });

  itHere('is not installed without a yes', async () => {
    const { stderr, exitCode } = await devenv('login', 'install');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('NOPASSWD');
    expect(await differences()).toEqual([]);
  });

  itHere('is installed, accepted by sudo and sshd, and there is nothing to do again', async () => {
    const first = await devenv('login', 'install', '--timer', '--yes', '--json');
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(expectValid('login-install', first.stdout)).toMatchObject({
      installed: true,
      conflicts: [],
      next: [
        'look over /etc/devenv/policy.yaml',
        'systemctl reload ssh',
        'systemctl daemon-reload && systemctl enable --now devenv-reap.timer',
        'for each person: usermod --append --groups devenv --shell /usr/local/bin/devenv-shell NAME',
      ],
    });
    expect(await differences()).toEqual(expect.arrayContaining(files));
    expect(await machine.run(['visudo', '-c'])).toMatchObject({ exitCode: 0 });
    // Compiled for the reader, which runs as people who cannot keep it themselves.
    const compiled = await machine.run(['ls', '/var/cache/devenv/compiled']);
    expect(compiled.stdout).toMatch(/^commands\.cjs-__login-read-/m);
    await machine.run(['mkdir', '/run/sshd']);
    expect(await machine.run(['sshd', '-t'])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const again = await devenv('login', 'install', '--yes');
    expect(again).toMatchObject({
      exitCode: 0,
      stdout: 'Everything is installed; there is nothing to do.\n',
    });
  });

  itHere('is what sshd gives the group, with no forwarding and no code of theirs', async () => {
    const shell = '/usr/local/bin/devenv-shell';
    await machine.run(['useradd', '--no-create-home', '-G', 'devenv', '-s', shell, 'ann']);
    const settings = async (user: string) =>
      (await machine.run(['sshd', '-T', '-C', `user=${user},host=h,addr=192.0.2.1`])).stdout;
    const lines = (await settings('ann')).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        `forcecommand ${shell}`,
        'disableforwarding yes',
        'allowtcpforwarding no',
        'allowstreamlocalforwarding no',
        'allowagentforwarding no',
        'x11forwarding no',
        'permittunnel no',
        'permituserrc no',
        'permittty yes',
        'setenv LD_PRELOAD=',
        'setenv LD_AUDIT=',
        'setenv LD_LIBRARY_PATH=',
      ]),
    );
    expect(await settings('root')).not.toContain('devenv-shell');
  });

  itHere('hands the broker the command, and of the environment what it needs', async () => {
    const broker = '/usr/local/lib/devenv/login-broker';
    const original = await readFile(machine.path(broker), 'utf8');
    // The real one up to the place where it would start node.
    const tell = 'cat /proc/$$/environ; echo; echo "$# $PPID"; pwd; umask; id';
    const told = original.replace(/^exec [^]*$/m, () => tell);
    await writeFile(machine.path(broker), told);
    const env = {
      SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22',
      SSH_TTY: '/dev/pts/1',
      SSH_AUTH_SOCK: '/tmp/sock',
      TERM: 'xterm',
      LANG: 'C.UTF-8',
      LC_TIME: 'C',
      LC_ALL: '../../evil',
      NODE_OPTIONS: '--require /tmp/evil',
      NODE_PATH: '/tmp',
      DOCKER_HOST: 'tcp://evil',
      BASH_ENV: '/tmp/evil',
      COLORTERM: 'x',
      SUDO_UID: '0',
      XDG_CACHE_HOME: '/tmp/evil',
    };
    const command = '() { :; }; a\n\'b\' "$c" `d` *';
    const shell = ['/usr/local/bin/devenv-shell', '-c', command];
    const { stdout, stderr, exitCode } = await login(shell, env);
    await writeFile(machine.path(broker), original);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    const { stdout: uid } = await machine.run(['id', '-u', 'ann']);
    const [variables = '', rest = ''] = stdout.split('\0\n');
    const set = Object.fromEntries(
      variables.split('\0').map((line) => [line.split('=')[0], line.replace(/^[^=]*=/, '')]),
    );
    expect(set).toEqual({
      HOME: '/root',
      LANG: 'C.UTF-8',
      LC_TIME: 'C',
      LOGNAME: 'root',
      MAIL: expect.any(String),
      PATH: expect.any(String),
      SHELL: expect.any(String),
      SSH_CONNECTION: env.SSH_CONNECTION,
      SSH_ORIGINAL_COMMAND: command,
      SSH_TTY: env.SSH_TTY,
      SUDO_COMMAND: broker,
      SUDO_GID: expect.any(String),
      SUDO_UID: uid.trim(),
      SUDO_USER: 'ann',
      TERM: 'xterm',
      USER: 'root',
    });
    // The parent is this process: neither the shell nor sudo stays between.
    expect(rest).toMatch(new RegExp(`^0 ${process.pid}\\n/\\n0022\\nuid=0\\(root\\) gid=0`));
  });

  itHere(
    'lets nobody start the broker with arguments, variables, or outside the group',
    async () => {
      const broker = '/usr/local/lib/devenv/login-broker';
      for (const args of [
        [broker, 'x'],
        ['A=b', broker],
        ['-E', broker],
        ['-u', 'ann', broker],
        ['id'],
      ]) {
        const { exitCode, stderr } = await login(['sudo', '-n', ...args]);
        expect(exitCode, args.join(' ')).toBe(1);
        expect(stderr).toMatch(/^sudo: |^Sorry, /);
      }
      const nobody = ['setpriv', '--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups'];
      const { exitCode } = await machine.run([...nobody, '/usr/local/bin/devenv-shell']);
      expect(exitCode).toBe(1);
    },
  );

  itHere('is not removed under people who could not log in then, without --yes', async () => {
    const { exitCode, stderr } = await devenv('login', 'uninstall');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('could not log in any more: ann.');
    const shown = await devenv('login', 'uninstall', '--dry-run', '--json');
    expect(expectValid('login-uninstall', shown.stdout)).toMatchObject({
      uninstalled: false,
      lockedOut: ['ann'],
      left: [{ path: 'the group devenv', reason: 'has members: ann' }],
    });
    expect(await differences()).toEqual(expect.arrayContaining(files));
  });

  itHere('is removed, by the installed program itself, and the machine is as before', async () => {
    await machine.run(['userdel', 'ann']);
    const installed = '/usr/local/lib/devenv/bin/devenv.cjs';
    const removal = [process.execPath, installed, 'login', 'uninstall', '--yes', '--json'];
    const { stdout, stderr, exitCode } = await machine.run(removal);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(expectValid('login-uninstall', stdout)).toMatchObject({ uninstalled: true, left: [] });
    expect(await differences()).toEqual([]);
    const again = await devenv('login', 'uninstall', '--json');
    expect(expectValid('login-uninstall', again.stdout)).toMatchObject({ uninstalled: false });
  });

  itHere('is refused where sshd lets people choose their environment', async () => {
    const dropIn = '/etc/ssh/sshd_config.d/10-own.conf';
    await writeFile(machine.path(dropIn), 'PermitUserEnvironment yes\n');
    const { exitCode, stderr } = await devenv('login', 'install', '--yes');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('PermitUserEnvironment yes');
    expect(await differences()).toEqual([dropIn]);
    await machine.run(['rm', dropIn]);
  });

  itHere('does not take the place of a file of the administrator’s', async () => {
    const own = '/etc/sudoers.d/devenv';
    await writeFile(machine.path(own), '# own\n');
    const { exitCode, stderr } = await devenv('login', 'install', '--yes');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('/etc/sudoers.d/devenv is there already, and not from devenv:');
    expect(stderr).toContain('- # own');
    expect(await differences()).toEqual([own]);
    await machine.run(['rm', own]);
  });

  itHere('is refused with the node of somebody else', async () => {
    const node = '/usr/local/devenv-test-node';
    await machine.run(['cp', process.execPath, node]);
    await machine.run(['chown', 'nobody', node]);
    const { exitCode, stderr } = await machine.run([node, program, 'login', 'install', '--yes']);
    await machine.run(['rm', node]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/\/usr\/local\/devenv-test-node \(belongs to uid \d+\)/);
    expect(await differences()).toEqual([]);
  });
});

describe('an ordinary person', () => {
  const isRoot = process.getuid?.() === 0;
  const asNobody = isRoot ? { uid: 65534, gid: 65534 } : {};

  it.each(['install', 'uninstall'])('is told that only root may: login %s', async (command) => {
    const { exitCode, stderr } = await execa(process.execPath, [program, 'login', command], {
      ...asNobody,
      cwd: '/',
      reject: false,
    });
    expect(exitCode).toBe(5);
    expect(stderr).toContain(
      `"devenv login ${command}" is about everybody on this machine: only root may.`,
    );
  });
});
