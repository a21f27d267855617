import type { Readable } from 'node:stream';
import { DevenvError } from '../errors.ts';
import type { Output } from './output.ts';
import { printable } from './printable.ts';

interface PromptSurroundings {
  stdin: Readable & { isTTY?: boolean };
  stderr: Output;
  signal: AbortSignal;
}

/** Has one of several names chosen on the terminal. Fails with `interrupted` on Ctrl-C. */
export async function askWhich(
  question: string,
  names: string[],
  { stdin, stderr }: Omit<PromptSurroundings, 'signal'>,
): Promise<string> {
  const { select, isCancel } = await import('@clack/prompts');
  const answer = await select({
    message: question,
    options: names.map((name) => ({ value: name, label: printable(name) })),
    input: stdin,
    output: stderr,
  });
  if (isCancel(answer)) throw new DevenvError('interrupted', 'Interrupted; nothing was done.');
  return answer;
}

/**
 * Asks a yes-or-no question on the terminal; No is the default. Fails with `confirmation_needed`
 * without a terminal, with `interrupted` on Ctrl-C.
 */
export async function askYesOrNo(
  question: string,
  { stdin, stderr, signal }: PromptSurroundings,
): Promise<boolean> {
  if (stdin.isTTY !== true || stderr.isTTY !== true) {
    throw new DevenvError('confirmation_needed', `${question} Nobody can be asked here.`, {
      hint: 'Give --yes to answer yes.',
    });
  }
  const { confirm, isCancel } = await import('@clack/prompts');
  const answer = await confirm({
    // It may name files, which are named by anybody.
    message: printable(question),
    initialValue: false,
    input: stdin,
    output: stderr,
    signal,
  });
  if (isCancel(answer)) throw new DevenvError('interrupted', 'Interrupted; nothing was done.');
  return answer;
}
