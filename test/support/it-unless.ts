import { it } from 'vitest';

type Body = () => void | Promise<void>;

/** it() for what not every machine can do; where `reason` says why not, the title does too. */
export function itUnless(reason: string | undefined) {
  return (title: string, body: Body, timeout?: number): void => {
    if (reason === undefined) it(title, body, timeout);
    else it.skip(`${title} (skipped: ${reason})`, body);
  };
}
