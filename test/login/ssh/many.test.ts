import { expect, it } from 'vitest';
import { engineApi } from '../../support/engine-api.ts';
import { testEngine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { aLoginHost, describeWithLoginHost } from '../../support/login-host.ts';

const people = Array.from({ length: 20 }, (_, index) => `person${index}`);

describeWithLoginHost('many logins', () => {
  const host = aLoginHost({
    users: ['ann', ...people],
    policy: { sessions: { max_per_user: 60 } },
  });

  it('of one person at once have one container and a shell each', async () => {
    const logins = Array.from({ length: 50 }, (_, index) =>
      host.ssh('ann', [`echo ${index} $HOSTNAME $(hostname)`]),
    );
    const results = await Promise.all(logins);
    expect(results.map(({ status, stderr }) => [status, stderr])).toEqual(
      results.map(() => [0, '']),
    );
    const said = results.map(({ stdout }) => stdout.toString().trim().split(' '));
    expect(said.map(([index]) => Number(index))).toEqual(results.map((_, index) => index));
    expect(new Set(said.map((words) => words.at(-1))).size).toBe(1);
    expect(await host.containers('ann')).toHaveLength(1);
    const starts = (await host.audit()).filter(
      ({ event, user }) => event === 'start' && user === 'ann',
    );
    expect(starts).toHaveLength(50);
  }, 300_000);

  it('of twenty people at once have a container each', async () => {
    const results = await Promise.all(people.map((name) => host.ssh(name, ['id -un'])));
    expect(results.map(({ stdout, stderr }) => [stdout.toString(), stderr])).toEqual(
      people.map((name) => [`${name}\n`, '']),
    );
    for (const name of people) expect(await host.containers(name)).toHaveLength(1);
  }, 300_000);

  it('are refused beyond the number that the policy gives a person', async () => {
    await host.policy({ sessions: { max_per_user: 2 } });
    const open = [1, 2].map(() => host.startSsh('ann', ['cat; echo over'], { stdin: 'pipe' }));
    await eventually(
      () => host.processesOf('ann'),
      (all) => all.filter((line) => line === 'cat').length === 2,
    );
    const { stdout, stderr, status } = await host.ssh('ann', ['echo in']);
    expect(stdout.toString()).toBe('');
    expect(stderr).toMatch(/^devenv: /m);
    expect(status).toBe(5);
    // Others are not counted.
    expect((await host.ssh(people[0]!, ['echo in'])).stdout.toString()).toBe('in\n');
    for (const session of open) session.stdin.end();
    await Promise.all(open);
    expect((await host.ssh('ann', ['echo in'])).stdout.toString()).toBe('in\n');
  });
});

describeWithLoginHost('people and repositories with names that look alike', () => {
  const host = aLoginHost({ users: ['a', 'a-b', 'Odd.Name_1', '1234'] });

  it('have workspaces of their own', async () => {
    const yaml = { 'devenv.yaml': `image: ${host.image}\n` };
    await host.repository('a', 'b-c', { ...yaml, whose: 'a' });
    await host.repository('a-b', 'c', { ...yaml, whose: 'a-b' });
    const first = await host.ssh('a', ['@b-c cat whose; id -u']);
    const second = await host.ssh('a-b', ['@c cat whose; id -u']);
    expect(first.stdout.toString(), first.stderr).toBe(`a${host.account('a').uid}\n`);
    expect(second.stdout.toString(), second.stderr).toBe(`a-b${host.account('a-b').uid}\n`);
    const [one, two] = [await host.containers('a'), await host.containers('a-b')];
    expect(one).toHaveLength(1);
    expect(two).toHaveLength(1);
    expect(one[0]!.Name).not.toBe(two[0]!.Name);
  });

  it.each(['Odd.Name_1', '1234'])('are told apart by uid: %s', async (name) => {
    const { stdout, stderr } = await host.ssh(name, ['id -u']);
    expect(stdout.toString(), stderr).toBe(`${host.account(name).uid}\n`);
  });

  it('do not get a container that somebody made in advance under their name', async () => {
    await host.ssh('a', ['true']);
    const [made] = (await host.containers('a')).filter(({ Config }) =>
      Config.Labels['devenv.root']!.endsWith('/shop'),
    );
    const docker = testEngine();
    await docker.removeContainer(made!.Id);
    const name = made!.Name.slice(1);
    const impostor = await makeImpostor(name, host.image);
    try {
      const { stdout, stderr, status } = await host.ssh('a', ['cat /etc/hostname']);
      if (status === 0) expect(stdout.toString()).not.toContain(impostor.slice(0, 12));
      else expect(stderr).toMatch(/^devenv: /m);
      // It is left alone: neither entered nor replaced.
      expect(await docker.inspectContainer(name)).toMatchObject({
        Id: impostor,
        Config: { Labels: { 'devenv.uid': '1' } },
      });
    } finally {
      await docker.removeContainer(impostor);
    }
  });
});

/** As somebody who may use the engine could have made it: somebody else's by its labels. */
async function makeImpostor(name: string, image: string): Promise<string> {
  const container = await engineApi().createContainer({
    name,
    Image: image,
    Cmd: ['sleep', '1000'],
    Labels: { 'devenv.uid': '1' },
  });
  await container.start();
  return container.id;
}
