import type { Path } from './tree.ts';

const longest = 60;

/** Text out of a file as a message repeats it: in quotes, on one line, not too long. */
export function quote(text: string): string {
  const line = JSON.stringify(text.length > longest ? `${text.slice(0, longest)}…` : text);
  return line.replaceAll('\\"', '"');
}

/** `ports[1].target` */
export function nameOf(path: Path): string {
  return path
    .map((step) => (/^\d+$/.test(String(step)) ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
}
