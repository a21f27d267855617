/** Cuts chunks of output into whole lines; a carriage return starts its line anew. */
export class LineSplitter {
  #rest = '';

  /** The lines that `text` completes. */
  push(text: string): string[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.map(lastState);
  }

  /** The line begun so far, as it stands. */
  get pending(): string {
    return lastState(this.#rest);
  }

  /** Ends the line begun so far; gives it if there is one. */
  flush(): string[] {
    const line = this.pending;
    this.#rest = '';
    return line === '' ? [] : [line];
  }
}

function lastState(line: string): string {
  const states = line.split('\r').filter((state) => state !== '');
  return states.at(-1) ?? '';
}
