/** Where signals come from: `process`, or a test's stand-in. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * An abort signal that Ctrl-C, SIGTERM and SIGHUP set off, instead of ending the process.
 * `onAgain` hears of every further one. `dispose` gives the signals back.
 */
export function abortOnInterrupt(
  source: SignalSource,
  onAgain: () => void,
): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  const listener = (): void => {
    if (controller.signal.aborted) onAgain();
    else controller.abort();
  };
  for (const signal of signals) source.on(signal, listener);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const signal of signals) source.off(signal, listener);
    },
  };
}
