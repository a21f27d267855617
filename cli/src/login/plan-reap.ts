/** A running workspace behind the login shell. */
export interface RunningWorkspace {
  container: string;
  uid: number;
  root: string;
  /** Sessions that are in it now. */
  sessions: number;
  /** Milliseconds since the epoch: when the last one was in it, or when it started. */
  lastUsed: number;
  /** Seconds without a session after which its person's policy lets it run no longer. */
  idleStop: number | undefined;
}

/** The workspaces to stop: nobody is in them, and nobody has been for as long as the policy says. */
export function planReap(workspaces: RunningWorkspace[], now: number): RunningWorkspace[] {
  return workspaces.filter(({ sessions, lastUsed, idleStop }) => {
    if (sessions > 0 || idleStop === undefined) return false;
    return now - lastUsed >= idleStop * 1000;
  });
}
