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
