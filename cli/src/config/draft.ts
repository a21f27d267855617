import type { DevenvFile } from 'devenv-schemas/generated/devenv-file.js';
import type { UserSettings } from './user-settings.ts';
import type { Project } from './config.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { HostFiles } from './host-files.ts';
import type { LookUp } from './substitute.ts';
import type { Path, Place, Tree } from './tree.ts';
import { find, hasKey, keyPlaceOf, placeOf } from './tree.ts';
import { quote } from './wording.ts';

interface DraftInput {
  project: Project;
  /** What of the file has the right shape. */
  sound: Tree;
  /** The same, without the places. */
  file: DevenvFile;
  settings: UserSettings;
  /** The person's home on this host. */
  home: string;
  host: HostFiles;
  lookUp: LookUp;
}

/** A file on its way to a Config: its content, what is needed to judge it, and what is wrong. */
export class Draft {
  readonly project: Project;
  readonly file: DevenvFile;
  readonly settings: UserSettings;
  readonly home: string;
  readonly host: HostFiles;
  readonly lookUp: LookUp;
  readonly diagnostics: Diagnostic[] = [];
  private readonly sound: Tree;

  constructor(input: DraftInput) {
    this.project = input.project;
    this.file = input.file;
    this.settings = input.settings;
    this.home = input.home;
    this.host = input.host;
    this.lookUp = input.lookUp;
    this.sound = input.sound;
  }

  /** Whether a key is there, be it with a value of the wrong shape. */
  has(...path: Path): boolean {
    return hasKey(this.sound, path);
  }

  /** A value as text, with its digits as in the file. */
  text(path: Path): string {
    const found = find(this.sound, path);
    return found?.kind === 'scalar' ? found.text : '';
  }

  /** A value as a message may show it: quoted, its variables not filled in. */
  quoted(path: Path): string {
    const found = find(this.sound, path);
    return quote(found?.kind === 'scalar' ? found.written : '');
  }

  /** Absolute path of the file in which a key stands: the devenv file or the person's overlay. */
  fileOf(path: Path): string {
    return keyPlaceOf(this.sound, path).file;
  }

  error(code: string, path: Path, message: string, hint?: string): void {
    this.add('error', code, placeOf(this.sound, path), message, hint);
  }

  /** An error about a key rather than its value. */
  keyError(code: string, path: Path, message: string, hint?: string): void {
    this.add('error', code, keyPlaceOf(this.sound, path), message, hint);
  }

  /** An error that keeps nothing but a build from succeeding. */
  buildError(code: string, path: Path, message: string, hint?: string): void {
    this.add('error', code, placeOf(this.sound, path), message, hint, 'build');
  }

  keyWarning(code: string, path: Path, message: string, hint?: string): void {
    this.add('warning', code, keyPlaceOf(this.sound, path), message, hint);
  }

  private add(
    severity: Diagnostic['severity'],
    code: string,
    { file, range }: Place,
    message: string,
    hint: string | undefined,
    blocks?: 'build',
  ): void {
    const diagnostic = { severity, code, message, file, range, ...(blocks && { blocks }) };
    this.diagnostics.push(hint === undefined ? diagnostic : { ...diagnostic, hint });
  }
}
