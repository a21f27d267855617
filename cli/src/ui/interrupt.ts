/** Where signals come from: `process`, or a test's stand-in. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * An abort signal that Ctrl-C, SIGTERM and SIGHUP set off, instead of ending the process.
 * `onAgain` hears of a second one; after that, the next one ends the process as it always does.
 * `dispose` gives the signals back.
 */
export function abortOnInterrupt(
  source: SignalSource,
  onAgain: () => void,
): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  const dispose = (): void => {
    for (const signal of signals) source.off(signal, listener);
  };
  const listener = (): void => {
    if (!controller.signal.aborted) return controller.abort();
    // Not at once: others hear this same signal, and must not find themselves alone with it.
    queueMicrotask(dispose);
    onAgain();
  };
  for (const signal of signals) source.on(signal, listener);
  return { signal: controller.signal, dispose };
}
