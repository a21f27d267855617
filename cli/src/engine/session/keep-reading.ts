import type { Duplex } from 'node:stream';

/**
 * Keeps a connection open for reading when a write fails. Node would tear it down, and what the
 * command printed last would be lost: `head -1` ends while its input is still being sent.
 */
export function keepReading(connection: Duplex, onWriteFailure: () => void): void {
  const write = connection._write.bind(connection);
  const writev = connection._writev?.bind(connection);
  const forgive =
    (done: (error?: Error | null) => void) =>
    (error?: Error | null): void => {
      if (error) onWriteFailure();
      done();
    };
  connection._write = (chunk, encoding, done) => write(chunk, encoding, forgive(done));
  if (writev !== undefined) connection._writev = (chunks, done) => writev(chunks, forgive(done));
}
