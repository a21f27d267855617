/** The candidate that a misspelt word was probably meant to be; undefined when none is near. */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  // Nothing that long is a misspelling, and comparing takes time by the square of the length.
  if (word.length > 40) return undefined;
  const wanted = plain(word);
  const most = Math.max(1, Math.floor(wanted.length / 3));
  const [nearest] = candidates
    .map((candidate) => ({ candidate, plain: plain(candidate) }))
    // Each letter more or less is a distance of one already.
    .filter(({ plain }) => Math.abs(plain.length - wanted.length) <= most)
    .map(({ candidate, plain }) => ({ candidate, distance: distance(wanted, plain) }))
    .filter(({ distance }) => distance <= most)
    .sort((one, other) => one.distance - other.distance);
  return nearest?.candidate;
}

/** `memLimit`, `mem-limit` and `mem_limit` are one word. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[-_ ]/g, '');
}

/** Insertions, deletions, replacements and swaps of neighbours that make one word the other. */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let above = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1];
      const swapped =
        row > 1 &&
        column > 1 &&
        one[row - 1] === other[column - 2] &&
        one[row - 2] === other[column - 1];
      current[column] = Math.min(
        above[column]! + 1,
        current[column - 1]! + 1,
        above[column - 1]! + (same ? 0 : 1),
        swapped ? before[column - 2]! + 1 : Infinity,
      );
    }
    before = above;
    above = current;
  }
  return above[other.length]!;
}
