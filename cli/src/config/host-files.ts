/** The files of the host, as much of them as reading a devenv file needs. */
export interface HostFiles {
  /** The text of an ordinary file, links followed; never waits for a FIFO or a device. */
  read(path: string): FileText;
  /** What is at a path, links followed. */
  kind(path: string): FileKind;
}

export type FileText = { text: string } | FileProblem;

export interface FileProblem {
  problem: 'missing-file' | 'not-a-file' | 'unreadable' | 'too-big' | 'not-text';
  /** Goes on after the name of the file: `does not exist`. */
  message: string;
}

/** `unknown`: something this person may not look at. */
export type FileKind = 'file' | 'folder' | 'other' | 'missing' | 'unknown';
