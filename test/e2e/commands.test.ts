import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { program } from '../support/cli.ts';
import { describeWithEngine, testEngine } from '../support/engine.ts';
import { aPerson, containersOf } from '../support/person.ts';
import { openPty, type Pty } from '../support/pty.ts';

const image = 'debian:bookworm-slim';

describeWithEngine('commands', () => {
  const person = aPerson();

  /** devenv as root, on a terminal, in a project of root's own: a pty cannot change its user. */
  const terminal = (args: string[], cwd: string): Pty =>
    openPty(process.execPath, [program, ...args], {
      cwd,
      env: {
        PATH: process.env.PATH,
        HOME: person.user.home,
        TERM: 'xterm',
        DOCKER_HOST: person.engine.host,
      },
    });

  it('reach a workspace by its name from anywhere', async () => {
    const cwd = await person.project('named', {
      'devenv.yaml': `image: ${image}\nname: far\ntasks: {where: pwd}\n`,
    });
    await person.run(['up'], { cwd });
    const elsewhere = { cwd: '/' };
    expect(await person.run(['-w', 'far', 'run', 'where'], elsewhere)).toMatchObject({
      exitCode: 0,
      stdout: `${cwd}\n`,
    });
    expect((await person.run(['__complete', 'workspace'], elsewhere)).stdout).toBe('far\n');
    const unknown = await person.run(['-w', 'fare', 'status'], elsewhere);
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toContain('far');
    const { stdout } = await person.run(['ls'], elsewhere);
    expect(stdout).toMatch(/^NAME +STATE +FOLDER .*\nfar +running +/);
  });

  it('start in the folder that corresponds to the caller’s, also through a link', async () => {
    const cwd = await person.project('folders', {
      'devenv.yaml': `image: ${image}\n`,
      'a/b/file': '',
    });
    const { stdout: below } = await person.run(['exec', 'pwd'], { cwd: join(cwd, 'a/b') });
    expect(below).toBe(`${cwd}/a/b\n`);
    await execa('ln', ['-s', join(cwd, 'a'), join(person.user.home, 'link')]);
    const { stdout: linked } = await person.run(['-C', 'link/b', 'exec', 'pwd']);
    expect(linked).toBe(`${cwd}/a/b\n`);
  });

  it('pass on what PID 1 has printed', async () => {
    const cwd = await person.project('logs', {
      'devenv.yaml': 'build: .\ninit: image\n',
      Dockerfile: `FROM ${image}\nCMD echo out; echo err >&2; exec sleep 1000\n`,
    });
    expect(await person.run(['up'], { cwd })).toMatchObject({ exitCode: 0 });
    expect(await person.run(['logs'], { cwd })).toMatchObject({ stdout: 'out\n', stderr: 'err\n' });
    const { stdout, stderr } = await person.run(['logs', '--tail', '1'], { cwd });
    expect(stdout + stderr).toMatch(/^(out|err)\n$/);
    const wrong = await person.run(['logs', '--tail', 'x'], { cwd });
    expect([wrong.exitCode, wrong.stdout]).toEqual([2, '']);
    const following = person.cli.start(['logs', '-f'], { cwd });
    for await (const chunk of following.stdout) if (String(chunk).includes('out')) break;
    following.kill('SIGINT');
    expect((await following).exitCode).toBe(130);
  });

  it('say so when PID 1 has printed nothing', async () => {
    const cwd = await person.project('silent', { 'devenv.yaml': `image: ${image}\n` });
    await person.run(['up'], { cwd });
    expect(await person.run(['logs'], { cwd })).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: expect.stringMatching(/^.*The container itself has written nothing.*\n$/),
    });
    expect((await person.run(['logs', '--progress', 'quiet'], { cwd })).stderr).toBe('');
  });

  it('clone brings the workspace up and, without a terminal, prints the folder', async () => {
    const origin = await person.project('origin', { 'devenv.yaml': `image: ${image}\n` });
    const git = execa({ cwd: origin, uid: person.user.uid, gid: person.user.gid });
    await git`git init -q`;
    await git`git add .`;
    await git`git -c user.name=t -c user.email=t@example.org commit -qm first`;
    const result = await person.run(['clone', origin, 'copies/shop']);
    const folder = join(person.user.home, 'copies/shop');
    expect(result).toMatchObject({ exitCode: 0, stdout: `${folder}\n` });
    expect(await containersOf(folder)).toHaveLength(1);
    const again = await person.run(['clone', origin, 'copies/shop']);
    expect([again.exitCode, again.stdout]).toEqual([2, '']);
    const failed = await person.run(['clone', join(person.user.home, 'none'), 'copies/none']);
    expect(failed.exitCode).toBe(1);
    expect(await readdir(join(person.user.home, 'copies'))).toEqual(['shop']);
  });

  it('clone asks before a file that nobody has read gets more of the host', async () => {
    const origin = await person.project('greedy', {
      'devenv.yaml': `image: ${image}\nvolumes: ["/etc:/host:ro"]\nhooks: {create: touch ran}\n`,
    });
    const git = execa({ cwd: origin, uid: person.user.uid, gid: person.user.gid });
    await git`git init -q`;
    await git`git add .`;
    await git`git -c user.name=t -c user.email=t@example.org commit -qm first`;
    const folder = join(person.user.home, 'greedy-copy');
    const refused = await person.run(['clone', origin, 'greedy-copy']);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('/etc, to read');
    expect(await readdir(folder)).toEqual(['.git', 'devenv.yaml']);
    expect(await containersOf(folder)).toEqual([]);
    await rm(folder, { recursive: true });
    expect((await person.run(['--yes', 'clone', origin, 'greedy-copy'])).exitCode).toBe(0);
    expect(await readdir(folder)).toContain('ran');
  });

  it('ask on a terminal before data is lost, and take no for an answer', async () => {
    const cwd = await person.project('asks', { 'devenv.yaml': `image: ${image}\n` });
    const volumes = async (): Promise<number> =>
      (await testEngine().listVolumes([`devenv.root=${cwd}`])).length;
    const up = terminal(['up'], cwd);
    expect(await up.exited).toBe(0);
    expect(await volumes()).toBe(1);

    const nobody = await person.cli.run(['down', '--volumes'], { cwd, user: { uid: 0, gid: 0 } });
    expect([nobody.exitCode, nobody.stderr]).toEqual([2, expect.stringContaining('--yes')]);

    const no = terminal(['down', '--volumes'], cwd);
    await no.waitFor(/for good/);
    no.write('n');
    expect(await no.exited).toBe(130);
    const interrupted = terminal(['down', '--volumes'], cwd);
    await interrupted.waitFor(/for good/);
    interrupted.write('\u0003');
    expect(await interrupted.exited).toBe(130);
    expect([await volumes(), (await containersOf(cwd)).length]).toEqual([1, 1]);

    const yes = terminal(['down', '--volumes'], cwd);
    await yes.waitFor(/for good/);
    yes.write('y');
    expect(await yes.exited).toBe(0);
    expect([await volumes(), (await containersOf(cwd)).length]).toEqual([0, 0]);
  });

  it('leave a clean terminal to the shell after their progress, and end with its status', async () => {
    const cwd = await person.project('clean', {
      'devenv.yaml': `image: ${image}\nshell: /bin/sh\nhooks: {create: echo working; sleep 1}\n`,
    });
    const shell = terminal(['shell'], cwd);
    await shell.waitFor(/run create hook/);
    await shell.waitFor(/[$#] /);
    shell.write('echo "$((40 + 2)) $PWD"\r');
    await shell.waitFor(new RegExp(`42 ${cwd}`));
    // The cursor that the display hid is back before the prompt.
    expect(shell.output.lastIndexOf('\u001b[?25h')).toBeGreaterThan(
      shell.output.lastIndexOf('\u001b[?25l'),
    );
    shell.write('exit 7\r');
    expect(await shell.exited).toBe(7);
  });

  it('end with the terminal they run in, as a hang-up and not as a crash', async () => {
    const cwd = await person.project('closed', { 'devenv.yaml': `image: ${image}\n` });
    const shell = terminal(['shell'], cwd);
    await shell.waitFor(/[$#] /);
    shell.close();
    expect(await shell.exited).toBe(129);
  });

  it('stop at Ctrl-C, and the same command again succeeds', async () => {
    const cwd = await person.project('interrupted', {
      'devenv.yaml': `image: ${image}\nhooks: {create: "echo begun; [ -e go ] || sleep 100"}\n`,
      'devenv.local.yaml': '',
    });
    const up = terminal(['up'], cwd);
    await up.waitFor(/begun/);
    up.write('\u0003');
    expect(await up.exited).toBe(130);
    await execa('touch', [join(cwd, 'go')]);
    const again = terminal(['up'], cwd);
    expect(await again.exited).toBe(0);
    expect(existsSync(join(cwd, 'go'))).toBe(true);
  });

  it('prune lists what has lost its folder, and removes it with --yes', async () => {
    const cwd = await person.project('lost', { 'devenv.yaml': `image: ${image}\n` });
    await person.run(['up'], { cwd });
    await rm(cwd, { recursive: true });
    const { stdout } = await person.run(['prune', '--dry-run']);
    expect(stdout).toMatch(/^KIND +NAME +SIZE +REASON\n/);
    expect(await containersOf(cwd)).toHaveLength(1);
    const refused = await person.run(['prune']);
    expect([refused.exitCode, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toMatch(/^KIND +NAME/);
    expect(await containersOf(cwd)).toHaveLength(1);
    const done = await person.run(['prune', '--yes']);
    expect(done.exitCode).toBe(0);
    expect(done.stdout).toMatch(/^Removed \d+ things, which frees /m);
    expect(await containersOf(cwd)).toEqual([]);
  });
});
