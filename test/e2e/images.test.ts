import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from 'vitest';
import { packFiles } from '../../cli/src/engine/container/tar.ts';
import { busybox } from '../support/busybox.ts';
import { describeWithEngine, testEngine } from '../support/engine.ts';
import {
  imageWithAccount,
  imageWithEntrypoint,
  imageWithoutPasswd,
  imageWithUser,
  plainImage,
} from '../support/images.ts';
import { aPerson, containerOf, containersOf, type Person } from '../support/person.ts';

const images: [string, (person: Person) => Promise<string>, string][] = [
  ['Debian', async () => 'debian:bookworm-slim', '/bin/bash'],
  ['busybox alone: no bash, no useradd', () => plainImage(), '/bin/sh'],
  ['an image with a USER line', () => imageWithUser(), '/bin/sh'],
  ['an image with an ENTRYPOINT', () => imageWithEntrypoint(), '/bin/sh'],
  [
    'an image that knows the caller’s uid by another name',
    ({ user }) => imageWithAccount('somebody', user.uid),
    '/bin/sh',
  ],
  [
    'an image that knows the caller’s name with another uid',
    ({ user }) => imageWithAccount(user.name, 700),
    '/bin/sh',
  ],
  ['an image without /etc/passwd', () => imageWithoutPasswd(), '/bin/sh'],
];

describeWithEngine('a workspace in', () => {
  // Named after a person who lives as long as this suite, so that the next run has no use for it.
  afterAll(async () => {
    await testEngine().removeImage(await imageWithAccount(person.user.name, 700));
  });
  const person = aPerson();

  describe.each(images)('%s', (title, makeImage, shell) => {
    const project = async (more = ''): Promise<string> => {
      const image = await makeImage(person);
      const name = `${images.findIndex(([other]) => other === title)}${more && '-root'}`;
      return person.project(name, { 'devenv.yaml': `image: ${image}\n${more}` });
    };

    it('is the caller’s: uid, gid, name, home and files', async () => {
      const folder = await project();
      const script =
        'id -u; id -g; whoami; echo ~; pwd; echo kept > ~/mark && cat ~/mark; echo > made';
      const result = await person.run(['exec', '--', 'sh', '-c', script], { cwd: folder });
      const { uid, gid, name, home } = person.user;
      expect(result).toMatchObject({
        stdout: [uid, gid, name, home, folder, 'kept', ''].join('\n'),
        exitCode: 0,
      });
      expect(await stat(join(folder, 'made'))).toMatchObject({ uid, gid });
    });

    it('has a shell that exists', async () => {
      const folder = await project();
      const text = await person.run(['shell', '-c', 'echo "$SHELL $0"'], { cwd: folder });
      expect(text.stdout).toBe(`${shell} ${shell}\n`);
      const typed = await person.run(['shell'], { cwd: folder, input: 'echo "$0"; exit 7\n' });
      expect(typed).toMatchObject({ stdout: `${shell}\n`, exitCode: 7 });
    });

    it('is root’s where the file says so', async () => {
      const folder = await project('user: root\n');
      const script =
        'id -u; whoami; echo ~; cd && echo kept > mark && cat mark; cd - && echo > made';
      const { stdout, exitCode } = await person.run(['exec', '--', 'sh', '-c', script], {
        cwd: folder,
      });
      expect([stdout, exitCode]).toEqual([`0\nroot\n/root\nkept\n${folder}\n`, 0]);
      expect(await stat(join(folder, 'made'))).toMatchObject({ uid: 0, gid: 0 });
    });

    it('leaves the image as it is, and its entrypoint alone', async () => {
      const folder = await project();
      const { stdout } = await person.run(
        ['exec', '--', 'sh', '-c', 'tr "\\0" " " < /proc/1/cmdline; ls /tmp'],
        { cwd: folder },
      );
      expect(stdout).toMatch(/^\S*init -- sleep 2147483647 $/);
      const image = await testEngine().inspectImage(await makeImage(person));
      expect((await containerOf(folder)).Image).toBe(image?.Id);
    });
  });

  it('an image with nothing in it but sleep and what is run', async () => {
    const image = await imageOf('no-shell', ['bin/sleep', 'bin/id']);
    const folder = await person.project('no-shell', { 'devenv.yaml': `image: ${image}\n` });
    const run = (...argv: string[]) => person.run(['exec', '--', ...argv], { cwd: folder });
    expect(await run('id', '-u')).toMatchObject({ stdout: `${person.user.uid}\n`, exitCode: 0 });
    expect(await run('sh')).toMatchObject({ stdout: '', exitCode: 127 });
    const elsewhere = await imageOf(
      'sleep-elsewhere',
      ['opt/sleep', 'opt/id'],
      'ENV PATH=/bin:/opt',
    );
    const other = await person.project('elsewhere', { 'devenv.yaml': `image: ${elsewhere}\n` });
    expect(await person.run(['exec', '--', 'id', '-u'], { cwd: other })).toMatchObject({
      exitCode: 0,
    });
  });

  it('no image that cannot even sleep: it says so and leaves nothing', async () => {
    const image = await imageOf('no-sleep', ['bin/id']);
    const folder = await person.project('no-sleep', { 'devenv.yaml': `image: ${image}\n` });
    const { exitCode, stderr } = await person.run(['up'], { cwd: folder });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`The image ${image} has no sleep.`);
    expect(stderr).toContain('hint: ');
    expect(await containersOf(folder)).toEqual([]);
  });

  it('an image as one of its users', async () => {
    const folder = await person.project('named', {
      'devenv.yaml': `image: ${await imageWithUser()}\nuser: app\n`,
    });
    const script =
      'id -u; whoami; echo ~; echo kept > ~/mark && cat ~/mark; cat devenv.yaml | wc -l';
    const { stdout } = await person.run(['exec', '--', 'sh', '-c', script], { cwd: folder });
    expect(stdout).toBe('500\napp\n/home/app\nkept\n2\n');
  });

  it.each([
    ['500', '500\n500\napp\n/home/app\n'],
    ['"501:100"', '501\n100\nuid501\n/home/uid501\n'],
  ])('an image as user %s', async (user, who) => {
    const folder = await person.project(`number-${user.slice(1, 4)}`, {
      'devenv.yaml': `image: ${await imageWithUser()}\nuser: ${user}\n`,
    });
    const script = 'id -u; id -g; whoami; echo ~; echo kept > ~/mark && cat ~/mark';
    const { stdout } = await person.run(['exec', '--', 'sh', '-c', script], { cwd: folder });
    expect(stdout).toBe(`${who}kept\n`);
  });

  it('no image as somebody it does not know: it names those it does', async () => {
    const folder = await person.project('nobody', {
      'devenv.yaml': `image: ${await imageWithUser()}\nuser: shop\n`,
    });
    const { exitCode, stderr } = await person.run(['up'], { cwd: folder });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('The image has no user named shop.');
    expect(stderr).toContain('root, app');
  });
});

/** An image that holds these programs, which are busybox under other names, and nothing else. */
async function imageOf(name: string, programs: string[], ...more: string[]): Promise<string> {
  const docker = testEngine();
  const repository = `devenv-test/${name}`;
  if ((await docker.inspectImage(`${repository}:1`)) !== undefined) return `${repository}:1`;
  const { binary } = await busybox();
  const files = programs.map((path) => ({ path, content: binary, mode: 0o755, uid: 0, gid: 0 }));
  const tar = Readable.from([await packFiles(files)]);
  const changes = ['CMD ["/bin/id"]', 'LABEL devenv-test=1', ...more];
  const answer = await text(await docker.importImage(tar, repository, '1', changes));
  if (answer.includes('"error"')) throw new Error(answer);
  return `${repository}:1`;
}
