/**
 * Medians and ratios of one scenario.
 *
 * @param {{ title: string, aims: { contender: string, of: string, atMost: number }[] }} scenario
 * @param {Record<string, number[]>} times As measure gives them.
 */
export function summarize({ title, aims }, times) {
  const medians = Object.fromEntries(
    Object.entries(times).map(([name, values]) => [name, median(values)]),
  );
  return {
    title,
    medians,
    aims: aims.map(({ contender, of, atMost }) => {
      const ratio = medians[contender] / medians[of];
      return { contender, of, atMost, ratio, holds: ratio <= atMost };
    }),
    times,
  };
}

/**
 * The same for what takes place in one process: all of it, and what of it is devenv's own, which
 * is neither the build nor the engine's making, stopping and starting of containers.
 *
 * @param {string} title
 * @param {import('./watch-latency.mjs').Latency[]} rounds Milliseconds.
 */
export function summarizeLatency(title, rounds) {
  const aimed = 300;
  const total = rounds.map((round) => round.total);
  const build = rounds.map((round) => round.build);
  const engine = rounds.map((round) => round.engine);
  const own = rounds.map((round) => round.total - round.build - round.engine);
  const ratio = median(own) / aimed;
  return {
    title,
    medians: {
      'all of it': median(total),
      'the build': median(build),
      'create, stop, start': median(engine),
      'the rest, devenv’s own': median(own),
      'before the build': median(rounds.map(({ notice }) => notice)),
      'after the build': median(rounds.map(({ swap }) => swap)),
    },
    aims: [{ contender: 'devenv’s own', of: `${aimed} ms`, atMost: 1, ratio, holds: ratio <= 1 }],
    times: { total, build, engine },
  };
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}

/** The results as text: each contender's median, then each aim and whether it holds. */
export function formatResults(results) {
  return results
    .map(({ title, medians, aims }) =>
      [
        title,
        ...Object.entries(medians).map(
          ([name, value]) => `  ${name.padEnd(28)}${value.toFixed(1).padStart(9)} ms`,
        ),
        ...aims.map(
          ({ contender, of, atMost, ratio, holds }) =>
            `  ${holds ? 'holds ' : 'MISSED'} ${contender} is ${ratio.toFixed(2)} × ${of}, aim ≤ ${atMost}`,
        ),
      ].join('\n'),
    )
    .join('\n\n');
}
