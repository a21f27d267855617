import { execFileSync } from 'node:child_process';
import { readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { packFiles } from '../../../cli/src/engine/container/tar.ts';
import { engineApi } from '../../support/engine-api.ts';
import { testEngine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { aLoginHost, describeWithLoginHost } from '../../support/login-host.ts';
import type { Files } from '../../support/temp-folder.ts';

describeWithLoginHost('a Dockerfile behind the login shell', () => {
  const host = aLoginHost({ users: ['ann', 'bob'], policy: { images: { build: true } } });
  const people = ['ann', 'bob'] as const;

  afterEach(async () => {
    await host.policy();
    for (const name of people) {
      for (const { Id } of await host.containers(name)) await testEngine().removeContainer(Id);
      for (const { Id } of await imagesOf(name)) await engineApi().getImage(Id).remove(forced);
      await rm(shopOf(name), { recursive: true, force: true });
    }
  });

  function shopOf(name: string): string {
    return join(host.account(name).repositories, 'shop');
  }

  /** A repository with a Dockerfile, on the tests' image unless it says otherwise. */
  async function aShop(lines: string | string[], files: Files = {}, name = 'ann'): Promise<string> {
    const written = [lines].flat().join('\n');
    const dockerfile = /^FROM/m.test(written) ? written : `FROM ${host.image}\n${written}`;
    return host.repository(name, 'shop', {
      'devenv.yaml': 'build: .\n',
      Dockerfile: `${dockerfile}\n`,
      ...files,
    });
  }

  async function imagesOf(name: string) {
    return testEngine().listImages([`devenv.uid=${host.account(name).uid}`]);
  }

  async function run(command: string, name = 'ann') {
    const { stdout, stderr, status } = await host.ssh(name, [command]);
    return { stdout: stdout.toString(), stderr, status };
  }

  /** What a command prints in a workspace that works. */
  async function output(command: string, name = 'ann'): Promise<string> {
    const { stdout, stderr, status } = await run(command, name);
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    return stdout.trimEnd();
  }

  /** A login on a terminal, to the end of its command; gives all that was shown. */
  async function onTerminal(command: string): Promise<string> {
    const terminal = host.terminal('ann', [command]);
    await terminal.exited;
    return terminal.output;
  }

  /** Refused with exit code 5 before anything is made, for a reason that is in the audit log. */
  async function expectDenial(reason: RegExp | string, name = 'ann'): Promise<void> {
    const before = (await host.audit()).length;
    const { stdout, stderr, status } = await run('echo in', name);
    expect({ stdout, status }, stderr).toEqual({ stdout: '', status: 5 });
    expect(stderr).toMatch(reason);
    expect(await host.containers(name)).toEqual([]);
    expect(await imagesOf(name)).toEqual([]);
    const [line] = (await host.audit()).slice(before);
    expect(line).toMatchObject({ event: 'denied', user: name });
    expect(line!.reasons!.join('\n')).toMatch(reason);
  }

  it('is built and worked in, as nobody but the person', async () => {
    await aShop(['COPY note /note', 'RUN echo built > /proof'], { note: 'from the context\n' });
    const { uid } = host.account('ann');
    expect(await output('cat /note /proof; id -u')).toBe(`from the context\nbuilt\n${uid}`);
    const [image, ...more] = await imagesOf('ann');
    expect(more).toEqual([]);
    expect(image!.RepoTags).toEqual([
      expect.stringMatching(`^devenv/uid${uid}/shop:[0-9a-f]{12}$`),
    ]);
    const [container] = await host.containers('ann');
    expect(container!.Config.Image).toBe(image!.Id);
    // Once more without a build: nothing has changed.
    expect(await output('cat /note')).toBe('from the context');
    expect(await imagesOf('ann')).toHaveLength(1);
  });

  it('is built anew at a login with a terminal, once what it copies has changed', async () => {
    const shop = await aShop('COPY note /note', { note: 'first\n' });
    expect(await output('cat /note')).toBe('first');
    await host.files('ann', shop, { note: 'second\n' });
    const shown = await onTerminal('cat /note');
    expect(shown).toContain('second');
    expect(shown).toContain('COPY note /note');
    expect(await host.containers('ann')).toHaveLength(1);
  });

  it('leaves no more than the last three images of a project', async () => {
    const shop = await aShop('RUN echo 0 > /number');
    for (const number of [1, 2, 3, 4]) {
      await host.files('ann', shop, { Dockerfile: `FROM ${host.image}\nLABEL number=${number}\n` });
      await onTerminal('true');
    }
    const numbers = (await imagesOf('ann')).map(({ Labels }) => Labels?.number);
    expect(numbers.sort()).toEqual(['2', '3', '4']);
  });

  it('is no way out of a workspace: where the next build fails, there is still the last one', async () => {
    const shop = await aShop('RUN echo first > /proof');
    await output('cat /proof');
    await host.files('ann', shop, { Dockerfile: `FROM ${host.image}\nRUN echo no >&2; exit 7\n` });
    const shown = await onTerminal('cat /proof');
    expect(shown).toMatch(/Dockerfile:2/);
    expect(shown).toMatch(/first/);
  });

  it('says which step failed, on stderr, and leaves no container', async () => {
    await aShop(['RUN true', 'RUN echo some words; exit 7']);
    const { stdout, stderr, status } = await run('echo in');
    expect(stdout).toBe('');
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/Dockerfile:3/);
    expect(stderr).toContain('some words');
    expect(await host.containers('ann')).toEqual([]);
    const line = (await host.audit()).at(-1)!;
    expect(line).toMatchObject({ event: 'failed', user: 'ann' });
  });

  it('leaves its log where only the person finds it', async () => {
    await aShop('RUN echo words of the build');
    expect(await output('grep -c "^words of the build" /run/devenv/build.log')).toBe('1');
  });

  it('is denied where the policy does not allow builds', async () => {
    await aShop('RUN true');
    await host.policy({ images: { build: false } });
    await expectDenial(/images\.build \(\/etc\/devenv\/policy\.yaml:\d+\)/);
  });

  it.each([
    ['an image that is not allowed', 'FROM evil.example/evil:1'],
    ['one that an argument names', 'ARG BASE=evil.example/evil:1\nFROM $BASE'],
    ['one that something is copied from', 'FROM IMAGE\nCOPY --from=evil.example/evil:1 / /'],
    ['one with the name of its own stage', 'FROM IMAGE AS evil\nCOPY --from=evil / /'],
    ['one in a stage that nothing needs', 'FROM evil.example/evil:1\nFROM IMAGE'],
    ['a word in two parts', 'FR\\\nOM evil.example/evil'],
  ])('is denied for %s', async (_, text) => {
    await aShop(text.replaceAll('IMAGE', host.image));
    await expectDenial(
      /Dockerfile:\d+: The image evil\S* is not among those that are allowed.*images\.allow/s,
    );
  });

  it.each([
    ['a fetch by the engine', 'ADD http://169.254.169.254/latest /x'],
    ['a hidden one', 'ARG A=http:\nADD ${A}//169.254.169.254/latest /x'],
    ['the network of the host', 'RUN --network=host true'],
    ['more rights', 'RUN --security=insecure true'],
    ['a mount', 'RUN --mount=type=cache,target=/x true'],
    ['what runs later', 'ONBUILD RUN true'],
    ['a volume of its own', 'VOLUME /sbin'],
    ['a label of ours', 'LABEL devenv.uid=0'],
    ['another escape', '# escape=`\nFROM IMAGE'],
    ['an instruction that there is not', 'ENTITLE all'],
  ])('is denied for %s', async (_, lines) => {
    await aShop(lines.replaceAll('IMAGE', host.image));
    await expectDenial(/Dockerfile:\d+: /);
  });

  it('is denied for an image that was built for somebody else', async () => {
    await host.policy({ images: { allow: ['**'] } });
    await aShop('RUN echo ann’s > /proof');
    await output('true');
    const [theirs] = (await imagesOf('ann'))[0]!.RepoTags!;
    await aShop(`FROM ${theirs}`, {}, 'bob');
    await expectDenial(/was built for one person/, 'bob');
    await aShop('RUN true', { 'devenv.yaml': `image: ${theirs}\n` }, 'bob');
    await expectDenial(/was built for one person/, 'bob');
  });

  it('does not take over a layer that somebody else’s command has made', async () => {
    const line = 'RUN cat /proc/sys/kernel/random/uuid > /id';
    await aShop(line);
    await aShop(line, {}, 'bob');
    const anns = await output('cat /id');
    expect(await output('cat /id', 'bob')).not.toBe(anns);
    // But one of the person's own.
    await aShop(`${line}\nRUN true`);
    expect(await onTerminal('cat /id')).toContain(anns);
  });

  it('is not taken for an image that has got its name', async () => {
    await aShop('RUN echo real > /proof');
    await output('true');
    for (const { Id } of await host.containers('ann')) await testEngine().removeContainer(Id);
    const [image] = await imagesOf('ann');
    const [repository = '', tag = ''] = image!.RepoTags![0]!.split(':');
    await testEngine().tagImage(host.image, repository, tag);
    expect(await output('cat /proof')).toBe('real');
  });

  it('reads nothing that the person cannot read', async () => {
    const secret = join(host.folder, 'private/secret');
    await writeFile(secret, 'root-knows\n', { mode: 0o600 });
    const shop = await aShop('COPY . /all');
    await symlink(secret, join(shop, 'link'));
    await writeFile(join(shop, 'roots'), 'root-knows\n', { mode: 0o600 });
    const refused = await run('cat /all/*');
    expect(refused.stderr).toContain(`${shop}/roots cannot be read`);
    expect(refused.status).not.toBe(0);
    await rm(join(shop, 'roots'));
    // A link is copied as what it is, and leads to nothing inside.
    expect(await output('readlink /all/link')).toBe(secret);
    expect(JSON.stringify([refused, await run('cat /all/link')])).not.toContain('root-knows');
  });

  it.each(['COPY link /x', 'COPY folder/secret /x'])(
    'does not follow a link out of the context: %s',
    async (line) => {
      const secret = join(host.folder, 'private/secret');
      await writeFile(secret, 'root-knows\n', { mode: 0o600 });
      const shop = await aShop(line);
      await symlink(secret, join(shop, 'link'));
      await symlink(join(host.folder, 'private'), join(shop, 'folder'));
      const { stdout, stderr, status } = await run('cat /x');
      expect(stdout + stderr).not.toContain('root-knows');
      expect(status).not.toBe(0);
      expect(await host.containers('ann')).toEqual([]);
    },
  );

  it('is not kept up by a FIFO', async () => {
    const shop = await aShop('COPY . /all', { note: 'there\n' });
    execFileSync('mkfifo', ['-m', '666', join(shop, 'fifo')]);
    expect(await output('cat /all/note; ls /all')).toBe('there\nDockerfile\ndevenv.yaml\nnote');
  });

  it('has a Dockerfile that .dockerignore leaves out, and follows the rest of it', async () => {
    await aShop('COPY . /all', {
      '.dockerignore': 'Dockerfile\n.dockerignore\nb*\n',
      a: '',
      b: '',
    });
    expect(await output('ls -A /all')).toBe('a\ndevenv.yaml');
  });

  it('has commands with no network and the limits of a workspace', async () => {
    await host.policy({ limits: { memory: '300m' } });
    const limit = 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max';
    await aShop([
      "RUN sed 1,2d /proc/net/dev | cut -d: -f1 | tr -d ' ' > /interfaces",
      `RUN ${limit} > /limit 2> /dev/null || true`,
      // What the host listens on, and what clouds have: by the shell's own means.
      'RUN ! bash -c ": < /dev/tcp/169.254.169.254/80" 2> /refused',
    ]);
    expect(await output('cat /interfaces /limit')).toBe(`lo\n${300 * 1024 ** 2}`);
    expect(await output('cat /refused')).toMatch(/unreachable/i);
  });

  it('has the engine’s own network for its commands where the policy says so', async () => {
    await host.policy({ images: { build_network: 'engine' } });
    await aShop("RUN sed 1,2d /proc/net/dev | cut -d: -f1 | tr -d ' ' > /interfaces");
    expect(await output('sort /interfaces')).toBe('eth0\nlo');
  });

  it('runs nothing of its image before the container is confined', async () => {
    const spy = '#!/bin/sh\\ntouch /run/ran "$PWD/ran" /tmp/ran\\nexec tail -f /dev/null\\n';
    await aShop([
      `RUN printf '${spy}' > /bin/sleep && cp /bin/sleep /usr/bin/true && chmod 1777 /run`,
      'HEALTHCHECK --interval=1s CMD sleep 1',
      'ENTRYPOINT ["/bin/sleep"]',
    ]);
    expect(await output('ls /run/ran /tmp/ran 2> /dev/null; cat /proc/1/comm')).toMatch(/init$/);
    const [container] = await host.containers('ann');
    expect(container!.Config.Entrypoint).toEqual(['/run/devenv/hold']);
    expect(container!.State.Health).toBeUndefined();
  });

  it.each([
    ['devenv’s own folder', '/run/devenv'],
    ['the engine’s init', '/usr/sbin'],
  ])('mounts nothing over %s by way of a link in the image', async (_, place) => {
    await aShop(`RUN mkdir -p /a/b && ln -s ${place} /a/b/link`, {
      'devenv.yaml': 'build: .\nvolumes: ["tools:/a/b/link"]\n',
    });
    const { stdout, stderr, status } = await run('echo in');
    expect({ stdout, status }).toEqual({ stdout: '', status: 5 });
    expect(stderr).toContain('/a/b/link is a link in the image');
    expect(await host.containers('ann')).toEqual([]);
  });

  it('does not stand on an image with a volume', async () => {
    const base = 'devenv-test/has-a-volume:1';
    const content = `FROM ${host.image}\nVOLUME /data\n`;
    const file = { path: 'Dockerfile', content, mode: 0o644, uid: 0, gid: 0 };
    const context = Readable.from([await packFiles([file])]);
    await text(await testEngine().buildImage(context, { t: base }));
    await aShop(`FROM ${base}`);
    const { stdout, stderr, status } = await run('echo in');
    await engineApi().getImage(base).remove(forced);
    expect({ stdout, status }, stderr).toEqual({ stdout: '', status: 4 });
    expect(stderr).toContain('volume at /data');
    expect(await host.containers('ann')).toEqual([]);
  });

  it('cannot have the image’s own command run as root', async () => {
    await host.policy({ user_may: ['image', 'init'] });
    await aShop('USER root', { 'devenv.yaml': 'build: .\ninit: image\n' });
    await expectDenial(/"init: image" would run/);
  });

  it('ends with the client, and leaves nothing running', async () => {
    await aShop('RUN sleep 98765');
    const client = host.startSsh('ann', ['echo in'], { stdin: 'ignore' });
    await eventually(commandLines, (all) => all.includes('sleep 98765'), 30_000);
    client.kill('SIGKILL');
    await client;
    await eventually(commandLines, (all) => !all.includes('sleep 98765'), 20_000);
    await eventually(
      () => host.brokers(),
      (all) => all.length === 0,
    );
    expect(await host.containers('ann')).toEqual([]);
  });

  it('is shown to an administrator before it is built', async () => {
    const shop = await aShop('RUN true');
    const text = await host.devenv(['login', 'check', 'ann']);
    expect(text).toContain(`built from ${shop}/Dockerfile`);
    expect(text).toMatch(new RegExp(`on ${host.image}, as images.allow \\(/etc.*:\\d+\\) says`));
    expect(text).toMatch(
      /with no network for its commands, as images.build_network \(the default\)/,
    );
    expect(await imagesOf('ann')).toEqual([]);
  });
});

const forced = { force: true };

async function commandLines(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const texts = pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
  return (await Promise.all(texts)).map((text) => text.replaceAll('\0', ' ').trim());
}
