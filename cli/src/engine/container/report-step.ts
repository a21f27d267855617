import type { Report } from '../events.ts';

export interface StepText {
  index: number;
  title: string;
  reason: string;
}

/** Runs one step of work that no plan describes, reporting it as `apply` reports its own. */
export async function reportStep<T>(
  report: Report,
  { index, title, reason }: StepText,
  run: (onLine: (line: string) => void) => Promise<T>,
): Promise<T> {
  const started = Date.now();
  report({ type: 'step-started', index, title, reason });
  try {
    const result = await run((line) => {
      report({ type: 'step-output', index, text: `${line}\n` });
    });
    report({ type: 'step-finished', index, milliseconds: Date.now() - started });
    return result;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    report({ type: 'step-failed', index, message });
    throw error;
  }
}
