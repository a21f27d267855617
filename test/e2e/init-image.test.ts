import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { baseimageStandIn } from '../support/baseimage.ts';
import { describeWithEngine, testEngine } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { imageWithAccount, imageWithUser } from '../support/images.ts';
import { aPerson, containerOf } from '../support/person.ts';
import { removeBuiltImages } from '../support/remove-built-images.ts';

/** A service that shows life, and takes two seconds to end well. */
const service = `#!/bin/sh
trap 'sleep 2; echo "$TITLE ended well" >> ended; exit 0' TERM
cd /run/project
while :; do cat /proc/uptime > beat; sleep 0.2; done
`;

describeWithEngine('a workspace with its image’s own init', () => {
  // The last to run: the containers of these images have gone with the person by then.
  afterAll(async () => {
    await removeBuiltImages('init-test-');
    await testEngine().removeImage(await imageWithAccount(person.user.name, 700));
  });
  const person = aPerson();

  const project = async (name: string, dockerfile: string[]): Promise<string> =>
    person.project(name, {
      'devenv.yaml': [
        'build: .',
        `name: init-test-${name}`,
        'init: image',
        'environment: {TITLE: the clock}',
        'volumes: ["./:/run/project"]',
      ].join('\n'),
      Dockerfile: `${dockerfile.join('\n')}\n`,
      'clock/run.sh': service,
    });

  const baseimage = async (name: string): Promise<string> =>
    project(name, [
      `FROM ${await baseimageStandIn()}`,
      'COPY clock/run.sh /etc/service/clock/run',
      'RUN printf "#!/bin/sh\\nid -un > /etc/who-began\\n" > /etc/my_init.d/10-who && chmod +x /etc/my_init.d/10-who',
    ]);

  const timesEnded = async (folder: string): Promise<number> => {
    const text = await readFile(join(folder, 'ended'), 'utf8').catch(() => '');
    return text.split('the clock ended well\n').length - 1;
  };

  const beats = async (folder: string): Promise<void> => {
    const last = await stat(join(folder, 'beat')).catch(() => undefined);
    await eventually(
      () => stat(join(folder, 'beat')).catch(() => undefined),
      (now) => now !== undefined && now.mtimeMs > (last?.mtimeMs ?? 0),
    );
  };

  it('runs it as the image’s user, its services too, and sessions as the caller', async () => {
    const folder = await baseimage('users');
    const script =
      'tr "\\0" " " < /proc/1/cmdline; echo; stat -c %u /proc/1; cat /etc/who-began; id -u; whoami; echo ~';
    const { stdout, exitCode } = await person.run(['exec', '--', 'sh', '-c', script], {
      cwd: folder,
    });
    const { uid, name, home } = person.user;
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual(['/bin/bash /sbin/my_init', '0', 'root', `${uid}`, name, home]);
    expect(exitCode).toBe(0);
    await beats(folder);
    expect((await stat(join(folder, 'beat'))).uid).toBe(0);
  });

  it('shows what it says', async () => {
    const folder = await baseimage('users');
    const { stdout, stderr } = await person.run(['logs'], { cwd: folder });
    expect(stdout + stderr).toContain('*** Running /etc/my_init.d/10-who...\n');
    expect(stdout + stderr).toMatch(/\*\*\* Runit started as PID \d+\n/);
  });

  it('gives it the time it needs whenever it stops, and starts it again', async () => {
    const folder = await baseimage('ends');
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    await beats(folder);
    expect(await person.run(['restart'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect(await timesEnded(folder)).toBe(1);
    await beats(folder);

    expect(await person.run(['stop'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect(await timesEnded(folder)).toBe(2);
    // Its own last word; 137 would be a kill.
    expect((await containerOf(folder)).State).toMatchObject({ Status: 'exited', ExitCode: 2 });

    expect(await person.run(['exec', '--', 'true'], { cwd: folder })).toMatchObject({
      exitCode: 0,
    });
    await beats(folder);
    expect(await person.run(['rebuild'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect(await timesEnded(folder)).toBe(3);
    await beats(folder);
    expect(await person.run(['down'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect(await timesEnded(folder)).toBe(4);
  });

  it.each([
    ['one of its own', 'app', 500],
    ['one that has the caller’s name', 'the caller', 700],
  ])('keeps the user of the image where that is %s', async (_title, who, uid) => {
    const image =
      who === 'app' ? await imageWithUser() : await imageWithAccount(person.user.name, uid);
    const folder = await project(`user-${uid}`, [
      `FROM ${image}`,
      `USER ${who === 'app' ? 'app' : person.user.name}`,
      'CMD ["sleep", "1000000"]',
    ]);
    const { stdout } = await person.run(
      ['exec', '--', 'sh', '-c', 'stat -c %u /proc/1; id -u; whoami'],
      { cwd: folder },
    );
    expect(stdout).toBe(`${uid}\n${person.user.uid}\n${person.user.name}\n`);
  });

  it('says so where the image’s own command ends at once', async () => {
    const folder = await project('ends-at-once', [
      `FROM ${await imageWithUser()}`,
      'CMD ["sh", "-c", "echo nothing to do; exit 4"]',
    ]);
    for (const [args, exitCode] of [
      [['up'], 1],
      [['exec', '--', 'true'], 125],
    ] as const) {
      const failed = await person.run([...args], { cwd: folder });
      expect(failed.exitCode).toBe(exitCode);
      expect(failed.stderr).toContain('status 4');
      expect(failed.stderr).toContain('nothing to do');
      expect(failed.stderr).toContain('hint: ');
    }
    await writeFile(
      join(folder, 'Dockerfile'),
      `FROM ${await imageWithUser()}\nCMD ["sleep", "9999"]\n`,
    );
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
  });
});
