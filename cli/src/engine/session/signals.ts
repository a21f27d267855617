type Listener = (signal: NodeJS.Signals) => void;

const listeners = new Set<Listener>();

const forwarded: NodeJS.Signals[] =
  process.platform === 'win32'
    ? ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK']
    : ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'];

/** Takes over this process's signals until the returned function is called. */
export function listenToSignals(listener: Listener): () => void {
  if (listeners.size === 0) for (const signal of forwarded) process.on(signal, tell);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) for (const signal of forwarded) process.off(signal, tell);
  };
}

function tell(signal: NodeJS.Signals): void {
  for (const listener of listeners) listener(signal);
}
