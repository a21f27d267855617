/** /etc/shells with one more shell; every other byte stays as it is. */
export function addShell(text: string, shell: string): string {
  const lines = text.split('\n');
  if (lines.includes(shell)) return text;
  const last = lines.at(-1) === '' ? lines.length - 1 : lines.length;
  return lines.toSpliced(last, 0, shell).join('\n');
}

/** The same without that shell: what addShell was given. */
export function removeShell(text: string, shell: string): string {
  return text
    .split('\n')
    .filter((line) => line !== shell)
    .join('\n');
}
