import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { labels } from '../../cli/src/plan/labels.ts';
import { describeWithEngine } from '../support/engine.ts';
import { plainImage } from '../support/images.ts';
import { aPerson, containerOf } from '../support/person.ts';

describeWithEngine('a workspace that -w names', () => {
  const person = aPerson();
  const elsewhere = { cwd: '/' };

  /** A running workspace; gives its folder. */
  async function workspace(folder: string, name: string): Promise<string> {
    const cwd = await person.project(folder, {
      'devenv.yaml': `image: ${await plainImage()}\nname: ${name}\n`,
    });
    expect(await person.run(['up'], { cwd })).toMatchObject({ exitCode: 0 });
    return cwd;
  }

  const idOf = async (folder: string): Promise<string> =>
    (await containerOf(folder)).Config.Labels![labels.id]!;

  it('is told from another of its name by its id, which ls shows and completion offers', async () => {
    const one = await workspace('one', 'twin');
    const other = await workspace('other', 'twin');
    await workspace('single', 'single');
    const ids = [await idOf(one), await idOf(other)];

    const table = (await person.run(['ls'], elsewhere)).stdout.split('\n');
    expect(table[0]).toMatch(/ ID$/);
    for (const id of ids) expect(table.filter((line) => line.endsWith(` ${id}`))).toHaveLength(1);

    const offered = (await person.run(['__complete', 'workspace'], elsewhere)).stdout;
    expect(offered.trim().split('\n').sort()).toEqual([...ids, 'single'].sort());

    const vague = await person.run(['-w', 'twin', 'stop'], elsewhere);
    expect(vague.exitCode).toBe(2);
    for (const id of ids) expect(vague.stderr).toContain(id);

    expect(await person.run(['-w', ids[1]!, 'stop'], elsewhere)).toMatchObject({ exitCode: 0 });
    expect((await containerOf(one)).State.Status).toBe('running');
    expect((await containerOf(other)).State.Status).toBe('exited');
  });

  it('and whose folder is gone is left to prune', async () => {
    const folder = await workspace('lost', 'lost');
    await rm(folder, { recursive: true });
    for (const [command, exitCode] of [
      [['down'], 2],
      [['stop'], 2],
      [['exec', 'true'], 125],
    ] as const) {
      expect(await person.run(['-w', 'lost', ...command], elsewhere)).toEqual({
        exitCode,
        stdout: '',
        stderr:
          `devenv: The folder of the workspace lost is gone: ${folder}.\n` +
          'hint: "devenv prune" removes what is left of the workspace.\n',
      });
    }
    const name = (await containerOf(folder)).Name.slice(1);
    expect((await person.run(['prune', '--dry-run'], elsewhere)).stdout).toContain(name);
  });

  it('and whose folder is closed to the caller is not taken for gone', async () => {
    const folder = await workspace('closed/inner', 'inner');
    const closed = join(person.user.home, 'closed');
    await chmod(closed, 0);
    try {
      const { exitCode, stderr } = await person.run(['-w', 'inner', 'stop'], elsewhere);
      expect(exitCode).toBe(2);
      expect(stderr).not.toContain('gone');
      expect((await person.run(['ls'], elsewhere)).stdout).not.toContain(`${folder} (gone)`);
    } finally {
      await chmod(closed, 0o755);
    }
  });
});
