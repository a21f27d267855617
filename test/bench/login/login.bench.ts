import { mkdir, writeFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { afterAll, expect, it } from 'vitest';
import { testEngineHost } from '../../support/engine.ts';
import { aLoginHost, describeWithLoginHost } from '../../support/login-host.ts';
import { memoryOf, perSession, type Memory } from './memory.ts';
import { openSessions, type OpenSession } from './open-sessions.ts';
// @ts-expect-error -- plain JavaScript, as the other benches are
import { median as untyped } from '../report.mjs';

/*
 * npm run bench:login: what the login shell costs, through a real sshd. Needs root, a build and
 * DEVENV_TEST_HOST. Prints figures and writes test-output/bench-login.json.
 *
 * To the prompt: from the start of ssh, on a terminal, until the prompt of the shell has come; in
 * turn with ssh to root, whose command is "docker exec" of the same shell in the same container.
 * Memory: PSS of smaps_rollup, of all processes of the host's and inside, per session.
 */

const median = untyped as (values: number[]) => number;
const rounds = Number(process.env.BENCH_ROUNDS ?? 15);
const crowds = (process.env.BENCH_SESSIONS ?? '50,200').split(',').map(Number);
const people = Array.from({ length: 10 }, (_, index) => `person${index}`);
const prompt = /\$ $/;
const figures: Record<string, unknown> = { node: process.version, rounds };

describeWithLoginHost('what the login shell costs', () => {
  const host = aLoginHost({
    users: ['ann', ...people],
    policy: { sessions: { max_per_user: 500 }, limits: { pids: 4096 } },
  });

  afterAll(async () => {
    await mkdir('test-output', { recursive: true });
    await writeFile('test-output/bench-login.json', `${JSON.stringify(figures, null, 2)}\n`);
  });

  it('to the prompt of a warm login', async () => {
    await host.ssh('ann', ['true']);
    const dockerExec = await openToRoot();
    const times = { 'devenv login': [] as number[], 'ssh + docker exec': [] as number[] };
    for (let round = 0; round <= rounds; round++) {
      const own = await timeToPrompt('ann', []);
      const other = await timeToPrompt('root', [dockerExec]);
      // The first ones do not count.
      if (round === 0) continue;
      times['devenv login'].push(own);
      times['ssh + docker exec'].push(other);
    }
    const medians = Object.values(times).map(median) as [number, number];
    const ratio = medians[0] / medians[1];
    figures.toPrompt = { times, ratio };
    for (const [name, values] of Object.entries(times)) say(name.padEnd(28), spread(values));
    say('ratio of the medians'.padEnd(28), ratio.toFixed(2));
  });

  it('memory of an idle session', async () => {
    await host.ssh('ann', ['true']);
    const dockerExec = await openToRoot();
    for (const [name, user, command] of [
      ['one devenv login', 'ann', []],
      ['one ssh + docker exec', 'root', [dockerExec]],
    ] as const) {
      const before = await memoryOf(host, ['ann']);
      const sessions = await openSessions(host, [user], 1, [...command]);
      const each = perSession(before, await memoryOf(host, ['ann']), 1);
      await end(sessions);
      figures[name] = each;
      say(name.padEnd(28), words(each));
    }
  });

  it.each(crowds)('%i idle sessions', async (count) => {
    await Promise.all(people.map((name) => host.ssh(name, ['true'])));
    await host.ssh('ann', ['true']);
    const before = await memoryOf(host, people);
    const begun = performance.now();
    const sessions = await openSessions(host, people, count);
    const opened = performance.now() - begun;
    const after = await memoryOf(host, people);
    const logins: number[] = [];
    for (let round = 0; round < 5; round++) logins.push(await timeToPrompt('ann', []));
    const alive = (await Promise.all(sessions.map((session) => session.answers()))).filter(Boolean);
    expect(alive).toHaveLength(count);
    const each = perSession(before, after, count);
    figures[`sessions${count}`] = { opened, logins, each, alive: alive.length };
    say(`${count} sessions opened in`.padEnd(28), `${(opened / 1000).toFixed(1)} s`);
    say('alive'.padEnd(28), String(alive.length));
    say('memory of each'.padEnd(28), words(each));
    say('memory of all'.padEnd(28), `${Math.round((total(each) * count) / 1024)} MiB`);
    say('a new login meanwhile'.padEnd(28), spread(logins));
    await end(sessions);
  });

  /** Lets the clients in as root; gives what runs ann's shell there without devenv. */
  async function openToRoot(): Promise<string> {
    // A shell that reads nothing before it runs the command.
    await host.asRoot(['usermod', '--shell', '/bin/sh', 'root']);
    await host.writeAsRoot('/root/.ssh/authorized_keys', await host.publicKey());
    const { uid, gid, repositories } = host.account('ann');
    const [container] = await host.containers('ann');
    const options = `--user ${uid}:${gid} --workdir ${repositories}/shop --interactive --tty`;
    return `exec docker -H ${testEngineHost()} exec ${options} ${container!.Id} bash -l`;
  }

  async function timeToPrompt(user: string, command: string[]): Promise<number> {
    const begun = performance.now();
    const terminal = host.terminal(user, command);
    await terminal.waitFor(prompt, 60_000);
    const milliseconds = performance.now() - begun;
    terminal.write('exit\r');
    expect(await terminal.exited).toBe(0);
    return milliseconds;
  }
});

async function end(sessions: OpenSession[]): Promise<void> {
  await Promise.all(sessions.map((session) => session.end()));
}

function total(memory: Memory): number {
  return Object.values(memory).reduce((sum, { kib }: Memory['sshd']) => sum + kib, 0);
}

function words(memory: Memory): string {
  const parts = Object.entries(memory).map(
    ([kind, { kib, processes }]: [string, Memory['sshd']]) =>
      processes === 0 ? [] : [`${kind} ${(kib / 1024).toFixed(1)} MiB (${processes.toFixed(1)})`],
  );
  return `${parts.flat().join(', ')}; together ${(total(memory) / 1024).toFixed(1)} MiB`;
}

function spread(values: number[]): string {
  const [low, middle, high] = [Math.min(...values), median(values), Math.max(...values)];
  return `median ${middle.toFixed(0)} ms, from ${low.toFixed(0)} to ${high.toFixed(0)} ms`;
}

function say(title: string, figure: string): void {
  process.stdout.write(`  ${title} ${figure}\n`);
}
