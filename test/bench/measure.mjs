import { spawnSync } from 'node:child_process';

/**
 * Runs every contender once a round, in turn, after one round that does not count.
 *
 * @param {Contender[]} contenders
 * @param {number} rounds
 * @returns {Record<string, number[]>} Milliseconds of each round, by the contender's name.
 *
 * @typedef {object} Contender
 * @property {string} name
 * @property {string[]} command The program and its arguments.
 * @property {Record<string, string>} [env]
 * @property {string} [cwd]
 * @property {() => void} [before] What is done before each run and does not count.
 */
export function measure(contenders, rounds) {
  const times = Object.fromEntries(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const contender of contenders) {
      const time = runOnce(contender);
      if (round > 0) times[contender.name].push(time);
    }
  }
  return times;
}

function runOnce({ name, command: [program, ...args], env, cwd, before }) {
  before?.();
  const start = process.hrtime.bigint();
  const { status, error, stderr } = spawnSync(program, args, {
    cwd,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
  return milliseconds;
}
