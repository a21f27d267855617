import { execFileSync } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWithEngine, testEngine } from '../support/engine.ts';
import { aPerson, containerOf } from '../support/person.ts';

const image = 'debian:bookworm-slim';

describeWithEngine('the container of a workspace', () => {
  const person = aPerson();

  it('shows the project at its own path, to its own user', async () => {
    const folder = await person.project('src/shop', { 'devenv.yaml': `image: ${image}\n` });
    const { stdout, exitCode } = await person.run(
      ['exec', '--', 'sh', '-c', 'pwd; id -u; id -g; id -un; echo $HOME; touch made-inside'],
      { cwd: folder },
    );
    const { uid, gid, name, home } = person.user;
    expect(stdout.split('\n')).toEqual([folder, `${uid}`, `${gid}`, name, home, '']);
    expect(exitCode).toBe(0);
    expect(await stat(join(folder, 'made-inside'))).toMatchObject({ uid, gid });
  });

  it('starts sessions in the folder that corresponds to the caller’s', async () => {
    const folder = await person.project('deep', {
      'devenv.yaml': `image: ${image}\nworkspace: /srv/deep\n`,
      'a/b/file': '',
    });
    const inside = await person.run(['exec', '--', 'pwd'], { cwd: join(folder, 'a/b') });
    expect(inside.stdout).toBe('/srv/deep/a/b\n');
    const elsewhere = await person.run(['-C', folder, 'exec', '--', 'pwd'], { cwd: '/' });
    expect(elsewhere.stdout).toBe('/srv/deep\n');
  });

  it('is named for people, and labelled with what is true', async () => {
    const folder = await person.project('named', { 'devenv.yaml': `image: ${image}\n` });
    await person.run(['up'], { cwd: folder });
    const { Name, Config } = await containerOf(folder);
    expect(Name).toMatch(/^\/devenv-devenv-[0-9a-f]{8}-named-[0-9a-f]{8}$/);
    expect(Config.Labels).toMatchObject({
      'devenv.uid': String(person.user.uid),
      'devenv.root': folder,
      'devenv.environment': '',
      'devenv.id': Name.slice(-8),
    });
  });

  it('writes the caller into its passwd and group files, and into no image', async () => {
    const folder = await person.project('who', { 'devenv.yaml': `image: ${image}\n` });
    const { uid, gid, name, home } = person.user;
    const { stdout } = await person.run(
      [
        'exec',
        '--',
        'sh',
        '-c',
        'getent passwd $(id -u); getent group $(id -g); getent passwd root',
      ],
      { cwd: folder },
    );
    expect(stdout).toContain(`${name}:x:${uid}:${gid}:${name}:${home}:/bin/bash\n`);
    expect(stdout).toContain(`${name}:x:${gid}:\n`);
    expect(stdout).toContain('root:x:0:0:root:/root:/bin/bash\n');
    const docker = testEngine();
    expect((await containerOf(folder)).Image).toBe((await docker.inspectImage(image))?.Id);
  });

  it('has a home and caches that the caller can write, and keeps them when it is made anew', async () => {
    const folder = await person.project('home', {
      'devenv.yaml': `image: ${image}\ncaches: [node_modules, ~/.npm, /var/cache/deep/er]\n`,
    });
    const write =
      'for f in ~ ~/.npm node_modules /var/cache/deep/er; do echo kept > $f/mark || exit 1; done';
    expect(await person.run(['exec', '--', 'sh', '-c', write], { cwd: folder })).toMatchObject({
      exitCode: 0,
    });
    await person.run(['rebuild', '--yes'], { cwd: folder });
    const read = 'cat ~/mark ~/.npm/mark node_modules/mark /var/cache/deep/er/mark';
    const { stdout } = await person.run(['exec', '--', 'sh', '-c', read], { cwd: folder });
    expect(stdout).toBe('kept\n'.repeat(4));
  });

  it('gives the folders that mounting makes to the caller, and the image’s own to nobody', async () => {
    const folder = await person.project('on/the/way', {
      'devenv.yaml': `image: ${image}\ncaches: [vendor/modules, /opt/new/cache]\n`,
    });
    const script =
      'stat -c "%u %n" ~ ~/on ~/on/the vendor vendor/modules /opt /opt/new /opt/new/cache /home';
    const { stdout } = await person.run(['exec', '--', 'sh', '-c', script], { cwd: folder });
    const { uid, home } = person.user;
    expect(stdout.trim().split('\n')).toEqual([
      `${uid} ${home}`,
      `${uid} ${home}/on`,
      `${uid} ${home}/on/the`,
      `${uid} vendor`,
      `${uid} vendor/modules`,
      '0 /opt',
      `${uid} /opt/new`,
      `${uid} /opt/new/cache`,
      '0 /home',
    ]);
    expect((await stat(join(folder, 'vendor/modules'))).uid).toBe(uid);
  });

  it('has a home that dies with it where the file wants none', async () => {
    const folder = await person.project('homeless', {
      'devenv.yaml': `image: ${image}\nhome: none\nuser: nobody\n`,
    });
    const script = 'echo ~; stat -c %U ~; echo mark > ~/mark; ls ~';
    const { stdout } = await person.run(['exec', '--', 'sh', '-c', script], { cwd: folder });
    expect(stdout).toBe('/nonexistent\nnobody\nmark\n');
    await person.run(['rebuild', '--yes'], { cwd: folder });
    const { stdout: later } = await person.run(['exec', 'ls', '/nonexistent'], { cwd: folder });
    expect(later).toBe('');
  });

  it('fills a new home from the image’s skeleton', async () => {
    const folder = await person.project('skeleton', { 'devenv.yaml': `image: ${image}\n` });
    const { stdout } = await person.run(['exec', '--', 'sh', '-c', 'stat -c "%u %n" ~/.bashrc'], {
      cwd: folder,
    });
    expect(stdout).toBe(`${person.user.uid} ${person.user.home}/.bashrc\n`);
  });

  it('is hardened: no new privileges, a limit on processes, no host namespace', async () => {
    const folder = await person.project('hard', { 'devenv.yaml': `image: ${image}\n` });
    const { stdout } = await person.run(
      [
        'exec',
        '--',
        'sh',
        '-c',
        'grep -E "^(NoNewPrivs|Seccomp|CapEff):" /proc/self/status; cat /proc/1/comm',
      ],
      { cwd: folder },
    );
    expect(stdout.replaceAll('\t', ' ').split('\n')).toEqual([
      'CapEff: 0000000000000000',
      'NoNewPrivs: 1',
      'Seccomp: 2',
      'docker-init',
      '',
    ]);
    const inspection = (await containerOf(folder)) as unknown as {
      HostConfig: { PidsLimit: number; PidMode: string };
    };
    expect(inspection.HostConfig).toMatchObject({ PidsLimit: 4096, PidMode: '' });
  });

  it('lets programs gain rights where the file says so', async () => {
    const folder = await person.project('sudo', {
      'devenv.yaml': `image: ${image}\nhome: none\nsecurity_opt: ["no-new-privileges:false"]\n`,
    });
    const grep = ['exec', '--', 'grep', 'NoNewPrivs', '/proc/self/status'];
    const { stdout } = await person.run(grep, { cwd: folder });
    expect(stdout).toBe('NoNewPrivs:\t0\n');
  });

  it('opens a root session on request, in the same container', async () => {
    const folder = await person.project('root', { 'devenv.yaml': `image: ${image}\n` });
    await person.run(['up'], { cwd: folder });
    const { stdout } = await person.run(
      ['exec', '--root', '--', 'sh', '-c', 'id -u; echo $HOME; pwd'],
      { cwd: folder },
    );
    expect(stdout).toBe(`0\n/root\n${folder}\n`);
  });

  it('limits memory, cpus and processes as the file says', async () => {
    const folder = await person.project('limits', {
      'devenv.yaml': `image: ${image}\ncpus: 0.5\nmem_limit: 256m\npids_limit: 64\nshm_size: 8m\nulimits: {nofile: 512}\n`,
    });
    await person.run(['up'], { cwd: folder });
    const { HostConfig } = (await containerOf(folder)) as unknown as {
      HostConfig: Record<string, unknown>;
    };
    expect(HostConfig).toMatchObject({
      NanoCpus: 5e8,
      Memory: 256 * 2 ** 20,
      PidsLimit: 64,
      ShmSize: 8 * 2 ** 20,
    });
    const { stdout } = await person.run(['exec', '--', 'sh', '-c', 'ulimit -n'], { cwd: folder });
    expect(stdout).toBe('512\n');
  });

  it.each([
    ['a worktree', ['worktree', 'add', '-q', '../tree'], 'tree'],
    ['a submodule', ['submodule', '--quiet', 'add', '../library', 'lib'], 'shop/lib'],
  ])(
    'lets git work inside %s',
    async (title, command, path) => {
      const base = await person.project(title.replace(' ', '-'), {
        'library/devenv.yaml': `image: devenv-test/git\n`,
        'shop/devenv.yaml': `image: devenv-test/git\n`,
      });
      await gitImage();
      const git = (folder: string, ...args: string[]) =>
        execFileSync(
          'git',
          [
            '-c',
            'user.name=t',
            '-c',
            'user.email=t@example.org',
            '-c',
            'protocol.file.allow=always',
            ...args,
          ],
          {
            cwd: join(base, folder),
            uid: person.user.uid,
            gid: person.user.gid,
            env: { HOME: person.user.home, PATH: process.env.PATH },
          },
        );
      for (const folder of ['library', 'shop']) {
        git(folder, 'init', '-q');
        git(folder, 'add', '.');
        git(folder, 'commit', '-qm', 'first');
      }
      git('shop', ...command);
      const folder = join(base, path);
      const script =
        'echo x > new && git add new && git -c user.name=t -c user.email=t@e commit -qm second && git log --format=%s';
      const inside = await person.run(['exec', '--', 'sh', '-c', script], { cwd: folder });
      expect(inside.stdout).toBe('second\nfirst\n');
      expect(git(path, 'log', '--format=%s').toString()).toBe('second\nfirst\n');
      expect(git(path, 'status', '--porcelain').toString()).toBe('');
    },
    180_000,
  );

  it('mounts the whole repository for a project in a subfolder', async () => {
    const base = await person.project('mono', {
      'apps/web/devenv.yaml': `image: ${image}\n`,
      'libs/x': 'shared',
    });
    execFileSync('git', ['init', '-q'], {
      cwd: base,
      uid: person.user.uid,
      gid: person.user.gid,
      env: { HOME: person.user.home, PATH: process.env.PATH },
    });
    const { stdout } = await person.run(['exec', '--', 'cat', '../../libs/x'], {
      cwd: join(base, 'apps/web'),
    });
    expect(stdout).toBe('shared');
    expect(await readdir(base)).toContain('apps');
  });
});

/** Debian with git, made once for this engine by the classic builder. */
async function gitImage(): Promise<void> {
  const docker = testEngine();
  if ((await docker.inspectImage('devenv-test/git')) !== undefined) return;
  const { packFiles } = await import('../../cli/src/engine/container/tar.ts');
  const content = `FROM ${image}\nRUN apt-get update && apt-get install -y --no-install-recommends git\n`;
  const context = await packFiles([{ path: 'Dockerfile', content, mode: 0o644, uid: 0, gid: 0 }]);
  const { Readable } = await import('node:stream');
  const { text } = await import('node:stream/consumers');
  const answer = await text(
    await docker.buildImage(Readable.from([context]), { t: 'devenv-test/git' }),
  );
  if (answer.includes('"error"')) throw new Error(answer);
}
