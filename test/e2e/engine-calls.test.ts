import { expect, it } from 'vitest';
import { describeWithEngine } from '../support/engine.ts';
import { plainImage } from '../support/images.ts';
import { aPerson } from '../support/person.ts';

describeWithEngine('the calls that the engine gets', () => {
  const person = aPerson();

  /**
   * The calls of one devenv, container and exec ids left out. The fewest of some tries: a session
   * that takes long, as it may on a busy machine, gets a guard, which is two calls more.
   */
  async function fewestCalls(args: string[], cwd: string): Promise<string[]> {
    const tries: string[][] = [];
    for (let time = 0; time < 5; time++) {
      person.engine.calls.length = 0;
      expect(await person.run(args, { cwd })).toMatchObject({ exitCode: 0 });
      tries.push(person.engine.calls.map(withoutIds));
    }
    return tries.sort((one, other) => one.length - other.length)[0]!;
  }

  it('are four for a session in a running workspace', async () => {
    const folder = await person.project('warm', {
      'devenv.yaml': `image: ${await plainImage()}\nhooks: {create: "true", start: "true"}\n`,
    });
    await person.run(['up'], { cwd: folder });
    expect(await fewestCalls(['exec', '--', 'true'], folder)).toEqual([
      'GET /containers/NAME/json',
      'POST /containers/ID/exec',
      'POST /exec/ID/start',
      'GET /exec/ID/json',
    ]);
  });

  it('are only looks for an up that has nothing to do', async () => {
    const folder = await person.project('nothing', {
      'devenv.yaml': `image: ${await plainImage()}\nports: [3000]\n`,
    });
    await person.run(['up'], { cwd: folder });
    const calls = await fewestCalls(['up'], folder);
    expect(calls.filter((call) => !call.startsWith('GET '))).toEqual([]);
    expect(calls.length).toBeLessThanOrEqual(6);
  });

  it('are none for a mistake in the file, for help and for completion', async () => {
    const folder = await person.project('mistake', { 'devenv.yaml': 'imag: debian\n' });
    person.engine.calls.length = 0;
    for (const args of [['exec', '--', 'true'], ['up'], ['--help'], ['completion', 'bash']]) {
      await person.run(args, { cwd: folder });
    }
    expect(person.engine.calls).toEqual([]);
  });
});

function withoutIds(call: string): string {
  return call
    .replace(/(?<=\/)[0-9a-f]{64}(?=\/|$)/, 'ID')
    .replace(/(?<=\/containers\/)devenv-[^/]+/, 'NAME');
}
