import { describe, expect, it } from 'vitest';
import { expectValid } from '../commands/output-schemas.ts';
import { describeWithEngine } from '../support/engine.ts';
import { aPerson, containersOf } from '../support/person.ts';

const image = 'debian:bookworm-slim';

describeWithEngine('--json', () => {
  const person = aPerson();

  it('of every command that changes or shows a workspace is what its schema says', async () => {
    const cwd = await person.project('json', {
      'devenv.yaml': `image: ${image}\nports: [3000]\nhooks: {create: echo made}\ntasks: {t: ls}\n`,
    });
    const json = async (schema: string, ...args: string[]): Promise<Record<string, unknown>> => {
      const { stdout, exitCode, stderr } = await person.run([...args, '--json'], { cwd });
      expect([exitCode, exitCode === 0 ? '' : stderr], args.join(' ')).toEqual([0, '']);
      return expectValid(schema, stdout) as Record<string, unknown>;
    };

    expect(await json('status', 'status')).toMatchObject({ state: 'missing', imageId: null });
    expect(await json('plan', 'plan')).toMatchObject({ question: null });
    expect(await json('shell', 'shell', '--dry-run')).toHaveProperty('steps.0.do');
    expect(await json('up', 'up', '--dry-run')).toHaveProperty('steps.0.reason');
    expect(await containersOf(cwd)).toEqual([]);

    expect(await json('up', 'up')).toMatchObject({
      state: 'running',
      ports: [{ container: 3000 }],
    });
    expect(await json('up', 'up')).toMatchObject({ state: 'running', steps: [] });
    expect(await json('status', 'status')).toMatchObject({ state: 'running', pending: [] });
    expect(await json('ls', 'ls')).toMatchObject({
      workspaces: [{ name: 'json', folder: cwd, folderExists: true, state: 'running' }],
    });
    expect(await json('ports', 'ports')).toMatchObject({ ports: [{ container: 3000 }] });
    expect(await json('run', 'run')).toEqual({ tasks: [{ name: 't', command: 'ls' }] });
    expect(await json('config', 'config')).toMatchObject({ project: { name: 'json' } });
    expect(await json('image-ls', 'image', 'ls')).toMatchObject({
      images: expect.arrayContaining([expect.objectContaining({ usedBy: ['json'] })]) as unknown,
    });
    expect(await json('restart', 'restart')).toMatchObject({ state: 'running' });
    expect(await json('rebuild', 'rebuild')).toMatchObject({ state: 'running' });
    expect(await json('stop', 'stop')).toMatchObject({ state: 'exited', ports: [] });
    expect(await json('down', 'down', '--volumes', '--yes')).toMatchObject({ state: 'missing' });
    expect(await containersOf(cwd)).toEqual([]);
  });

  it('of the commands about this machine is what its schema says', async () => {
    const json = async (schema: string, ...args: string[]): Promise<void> => {
      const { stdout, stderr } = await person.run([...args, '--json']);
      expect(stderr, args.join(' ')).toBe('');
      expectValid(schema, stdout);
    };
    await json('doctor', 'doctor');
    await json('engine-status', 'engine', 'status');
    await json('engine-start', 'engine', 'start');
    await json('engine-stop', 'engine', 'stop', '--dry-run');
    await json('prune', 'prune', '--dry-run');
    await json('image-bootstrap', 'image', 'bootstrap', image, '--dry-run');
  });

  it('of progress is one event a line', async () => {
    const cwd = await person.project('events', {
      'devenv.yaml': `image: ${image}\nhooks: {create: "echo one; echo two; false"}\n`,
    });
    const { stdout, stderr, exitCode } = await person.run(['up', '--progress', 'json'], { cwd });
    expect([exitCode, stdout]).toEqual([6, '']);
    const lines = stderr.trimEnd().split('\n');
    const events = lines.map((line) => expectValid('events', line) as { type: string });
    expect(events.slice(0, 2)).toMatchObject([{ type: 'plan' }, { type: 'step-started' }]);
    expect(events.at(-1)).toMatchObject({ type: 'failed', error: { code: 'hook_failed' } });
  });
});

describe('a failure as JSON', () => {
  it('is an engine that does not answer', async () => {
    const { createCli } = await import('../support/cli.ts');
    const { testFolder } = await import('../support/temp-folder.ts');
    const cli = createCli(await testFolder());
    const { stdout, stderr, exitCode } = await cli.run(['ls', '--json', '--host', 'unix:///none']);
    expect([exitCode, stderr]).toEqual([3, '']);
    expect(expectValid('error', stdout)).toMatchObject({ error: { code: 'engine_unreachable' } });
  });
});
