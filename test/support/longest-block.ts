/** How long some work took, and for how long at most nothing else could run; milliseconds. */
export async function longestBlock(
  work: () => Promise<unknown>,
): Promise<{ longest: number; total: number }> {
  let longest = 0;
  let last = performance.now();
  const beat = (): void => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
    next = setImmediate(beat);
  };
  let next = setImmediate(beat);
  const started = performance.now();
  await work();
  beat();
  clearImmediate(next);
  return { longest, total: performance.now() - started };
}
