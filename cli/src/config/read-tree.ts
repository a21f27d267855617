import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Document, LineCounter, Pair, Scalar, YAMLMap } from 'yaml';
import { composeYaml } from './compose-yaml.ts';
import type { Diagnostic } from './diagnostic.ts';
import { positionAt } from './position-at.ts';
import { syntaxDiagnostics } from './syntax-diagnostics.ts';
import type { Entry, MapTree, Place, Tree } from './tree.ts';
import { quote } from './wording.ts';

/** More values than any devenv file has, and few enough to go through at once. */
const mostValues = 10_000;

/**
 * Reads YAML text, with the place of everything. Aliases are shared, not copied, and what they
 * would expand to is counted, so that no file can blow up. The tree is undefined where the text
 * is empty, or so broken that looking further would only find follow-up mistakes.
 */
export function readTree(
  file: string,
  text: string,
): { tree: Tree | undefined; diagnostics: Diagnostic[] } {
  const { documents, lines, tooMuch } = composeYaml(text);
  if (tooMuch !== undefined) return { tree: undefined, diagnostics: [beyond(file, tooMuch)] };
  const diagnostics = syntaxDiagnostics(file, text, documents, lines);
  const [document] = documents;
  if (diagnostics.length > 0 || document === undefined) return { tree: undefined, diagnostics };
  return new Reader(file, text, lines).read(document);
}

function beyond(file: string, code: 'too-deep' | 'too-many-values'): Diagnostic {
  const message =
    code === 'too-deep'
      ? 'The values of this file are nested too deep to be read.'
      : `This file holds, or its aliases expand to, more than ${mostValues} values.`;
  const start = { line: 1, column: 1 };
  return { severity: 'error', code, message, file, range: { start, end: start } };
}

class TooManyValues extends Error {}

class Reader {
  private readonly anchors = new Map<string, { tree: Tree; values: number }>();
  private readonly diagnostics: Diagnostic[] = [];
  private values = 0;

  constructor(
    private readonly file: string,
    private readonly text: string,
    private readonly lines: LineCounter,
  ) {}

  read(document: Document): { tree: Tree | undefined; diagnostics: Diagnostic[] } {
    if (document.contents === null || isEmpty(document.contents)) {
      return { tree: undefined, diagnostics: [] };
    }
    try {
      return { tree: this.node(document.contents), diagnostics: this.diagnostics };
    } catch (error) {
      if (!(error instanceof TooManyValues)) throw error;
      this.diagnostics.push(beyond(this.file, 'too-many-values'));
      return { tree: undefined, diagnostics: this.diagnostics };
    }
  }

  private node(node: unknown): Tree {
    const before = this.values;
    const tree = this.content(node);
    const anchor = (node as { anchor?: string } | null)?.anchor;
    if (anchor !== undefined) this.anchors.set(anchor, { tree, values: this.values - before });
    return tree;
  }

  private content(node: unknown): Tree {
    this.charge(1);
    if (isAlias(node)) return this.alias(node.source, this.place(node.range));
    if (isSeq(node)) {
      const items = node.items.map((item) => this.node(item));
      return { kind: 'list', items, place: this.place(node.range) };
    }
    if (isMap(node)) return this.map(node);
    return this.scalar(node as Scalar);
  }

  private alias(name: string, place: Place): Tree {
    const target = this.anchors.get(name);
    if (target === undefined) {
      this.problem('unknown-alias', `No anchor &${name} stands before this alias: *${name}`, place);
      return emptyScalar(place);
    }
    this.charge(target.values);
    return target.tree;
  }

  private map(node: YAMLMap): MapTree {
    const entries = new Map<string, Entry>();
    const merged = new Map<string, Entry>();
    for (const pair of node.items) {
      if (isMergeKey(pair)) this.merge(pair, merged);
      else this.entry(pair, entries);
    }
    for (const [key, entry] of merged) if (!entries.has(key)) entries.set(key, entry);
    return { kind: 'map', entries, place: this.place(node.range) };
  }

  private entry(pair: Pair, entries: Map<string, Entry>): void {
    const place = this.place((pair.key as Scalar | null)?.range);
    if (!isScalar(pair.key)) {
      this.problem('bad-key', 'A key must be plain text.', place);
      return;
    }
    const key = isText(pair.key) ? pair.key.value : this.slice(pair.key);
    const value = pair.value === null ? emptyScalar(place) : this.node(pair.value);
    const first = entries.get(key);
    if (first !== undefined) {
      const line = first.key.range.start.line;
      const message = `The key ${quote(key)} is here twice: it stands on line ${line} already.`;
      this.problem('duplicate-key', message, place);
      return;
    }
    entries.set(key, { key: place, value });
  }

  /** `<<: *defaults`, or a list of such: what stands in the map itself wins, then the earlier. */
  private merge(pair: Pair<Scalar>, merged: Map<string, Entry>): void {
    const value =
      pair.value === null ? emptyScalar(this.place(pair.key.range)) : this.node(pair.value);
    for (const source of value.kind === 'list' ? value.items : [value]) {
      if (source.kind !== 'map') {
        this.problem('bad-merge', '<< takes a map, or a list of maps.', source.place);
        continue;
      }
      this.charge(source.entries.size);
      for (const [key, entry] of source.entries) if (!merged.has(key)) merged.set(key, entry);
    }
  }

  private scalar(node: Scalar): Tree {
    const raw = this.slice(node);
    const { value } = node;
    const text = typeof value === 'string' ? value : raw;
    const place = this.place(node.range);
    if (text.includes('\0')) {
      this.problem('bad-value', 'A NUL character can stand in no value of this file.', place);
    }
    return {
      kind: 'scalar',
      value: isPlainValue(value) ? value : text,
      text,
      written: text,
      raw,
      plain: node.type === 'PLAIN',
      place,
    };
  }

  private slice({ range }: Scalar): string {
    return range ? this.text.slice(range[0], range[1]) : '';
  }

  private charge(values: number): void {
    this.values += values;
    if (this.values > mostValues) throw new TooManyValues();
  }

  private place(offsets: readonly number[] | null | undefined): Place {
    const [from = 0, to = from] = offsets ?? [];
    const range = { start: positionAt(this.lines, from), end: positionAt(this.lines, to) };
    return { file: this.file, range };
  }

  private problem(code: string, message: string, { file, range }: Place): void {
    this.diagnostics.push({ severity: 'error', code, message, file, range });
  }
}

function isEmpty(node: unknown): boolean {
  return isScalar(node) && node.value === null && node.source === '';
}

function isMergeKey(pair: Pair): pair is Pair<Scalar> {
  const { key } = pair;
  return isScalar(key) && key.type === 'PLAIN' && key.value === '<<';
}

function isText(key: Scalar): key is Scalar<string> {
  return typeof key.value === 'string';
}

function isPlainValue(value: unknown): value is string | number | boolean | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function emptyScalar(place: Place): Tree {
  return { kind: 'scalar', value: null, text: '', written: '', raw: '', plain: true, place };
}
