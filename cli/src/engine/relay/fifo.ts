import { constants, openSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { Socket } from 'node:net';

// Opened for both, a FIFO neither waits for its other end nor ends before that has come.
const mode = constants.O_RDWR | constants.O_NONBLOCK;

/** Reads a FIFO without a thread of its own. It never ends: whoever has read enough destroys it. */
export function readFifo(path: string): Socket {
  return new Socket({ fd: openSync(path, mode), readable: true, writable: false });
}

/** Opens a FIFO for writing, whether or not somebody reads it yet. */
export function openFifo(path: string): Promise<FileHandle> {
  return open(path, mode);
}
