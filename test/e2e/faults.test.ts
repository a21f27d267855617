import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { describeWithEngine } from '../support/engine.ts';
import { aPerson, containerOf, containersOf, type Person } from '../support/person.ts';

const image = 'debian:bookworm-slim';

/** Locks of this person's workspaces that somebody holds. */
async function heldLocks({ user }: Person): Promise<string[]> {
  const folder = join(user.home, '.local/state/devenv/workspaces');
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  return files.filter((file) => file.endsWith('.lock'));
}

describeWithEngine('an engine that dies during up', () => {
  const person = aPerson();
  const yaml = `image: ${image}\ncaches: [~/.npm]\nhooks: {create: echo run >> runs}\n`;

  beforeAll(async () => {
    // From here on the image is known, and its look inside is no step of up any more.
    const folder = await person.project('first', { 'devenv.yaml': `image: ${image}\n` });
    await person.run(['up'], { cwd: folder });
  });

  it.each([
    ['GET /info', /^GET \/info/],
    ['GET /images', /^GET \/images\//],
    ['POST /volumes/create', /^POST \/volumes\/create/],
    ['POST /containers/create', /^POST \/containers\/create/],
    ['PUT archive', /^PUT \/containers\/.*\/archive/],
    ['GET archive', /^GET \/containers\/.*\/archive/],
    ['POST start', /^POST \/containers\/.*\/start/],
    ['POST exec', /^POST \/containers\/.*\/exec/],
    ['POST exec start', /^POST \/exec\/.*\/start/],
    ['GET exec', /^GET \/exec\//],
  ])('leaves nothing that the next up does not mend: %s', async (call, pattern) => {
    for (const when of ['before', 'after'] as const) {
      const folder = await person.project(`${call} ${when}`.replaceAll(/\W+/g, '-'), {
        'devenv.yaml': yaml,
      });
      const died = person.engine.dieAt(pattern, when);
      const failed = await person.run(['up'], { cwd: folder });
      await died;
      expect(failed).toMatchObject({ exitCode: 3, stdout: '' });
      expect(failed.stderr).toMatch(/^hint: .*devenv doctor/m);
      expect(await heldLocks(person)).toEqual([]);
      await person.engine.heal();

      expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
      const { Name, State } = await containerOf(folder);
      expect([Name.includes('-next'), Name.includes('-previous')]).toEqual([false, false]);
      expect(State.Status).toBe('running');
      expect(await readFile(join(folder, 'runs'), 'utf8')).toMatch(/^(run\n){1,2}$/);
      const home = await person.run(['exec', '--', 'sh', '-c', 'test -O ~/.npm && ls ~/.bashrc'], {
        cwd: folder,
      });
      expect(home).toMatchObject({ exitCode: 0, stdout: `${person.user.home}/.bashrc\n` });
    }
  });
});
