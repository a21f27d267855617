import type { Diagnostic } from '../../config/diagnostic.ts';
import type { Path, Place, Tree } from '../../config/tree.ts';
import { find, keyPlaceOf, placeOf, toPlain } from '../../config/tree.ts';
import { quote } from '../../config/wording.ts';
import type { Person } from './person.ts';

/** A policy on its way to a Policy: its content, whom it is read for, and what is wrong with it. */
export class PolicyDraft {
  readonly diagnostics: Diagnostic[] = [];

  constructor(
    /** What of the file has the right shape. */
    private readonly sound: Tree,
    readonly person: Person,
  ) {}

  has(path: Path): boolean {
    return find(this.sound, path) !== undefined;
  }

  /** A value without its place; the schema has seen to its type. */
  value(path: Path): unknown {
    const found = find(this.sound, path);
    return found === undefined ? undefined : toPlain(found);
  }

  /** A value as text, with its digits as in the file. */
  text(path: Path): string {
    const found = find(this.sound, path);
    return found?.kind === 'scalar' ? found.text : '';
  }

  quoted(path: Path): string {
    return quote(this.text(path));
  }

  /** The paths of the items of a list. */
  items(path: Path): Path[] {
    const found = find(this.sound, path);
    return found?.kind === 'list' ? found.items.map((_, index) => [...path, index]) : [];
  }

  keyPlace(path: Path): Place {
    return keyPlaceOf(this.sound, path);
  }

  error(code: string, path: Path, message: string, hint?: string): void {
    const diagnostic = { severity: 'error' as const, code, message, ...placeOf(this.sound, path) };
    this.diagnostics.push(hint === undefined ? diagnostic : { ...diagnostic, hint });
  }
}
