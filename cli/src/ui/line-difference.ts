/** Two texts as one: what they share with two spaces before it, old lines with -, new ones with +. */
export function lineDifference(before: string, after: string): string[] {
  const old = toLines(before);
  const young = toLines(after);
  const start = shared(old, young);
  const end = shared(old.slice(start).reverse(), young.slice(start).reverse());
  return [
    ...old.slice(0, start).map((line) => `  ${line}`),
    ...old.slice(start, old.length - end).map((line) => `- ${line}`),
    ...young.slice(start, young.length - end).map((line) => `+ ${line}`),
    ...old.slice(old.length - end).map((line) => `  ${line}`),
  ];
}

function toLines(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** How many lines are the same at the beginning. */
function shared(some: string[], others: string[]): number {
  const first = some.findIndex((line, index) => line !== others[index]);
  return first === -1 ? some.length : first;
}
