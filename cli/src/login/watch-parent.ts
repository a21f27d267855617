/** Milliseconds between two looks. */
const interval = 1_000;

/**
 * Sends this process a SIGHUP when sshd's process for the connection dies. The kernel would not: to
 * it that process is an ordinary person's, who may not signal one of root's (prctl(2),
 * PR_SET_PDEATHSIG), and where stdin has been closed before, no stream tells of it either. So the
 * only way is to look who the parent is.
 */
export function watchParent(): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGHUP');
  }, interval);
  timer.unref();
}
