import type { ErrorObject } from 'ajv';
import type { Diagnostic } from './diagnostic.ts';
import { foreignWords } from './foreign-words.ts';
import { suggest } from './suggest.ts';
import type { Path, Place, Tree } from './tree.ts';
import { find, fromPointer, keyPlaceOf, placeOf, prune, toPlain, toPointer } from './tree.ts';
import { nameOf, quote } from './wording.ts';

interface Validate {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
}

/**
 * Compares a tree with its schema. Gives what is left of it without the wrong parts, so that
 * the checks after this one can rely on its shape and still find what else is wrong.
 */
export function checkShape(
  tree: Tree,
  validate: Validate,
): { sound: Tree; diagnostics: Diagnostic[] } {
  const first = errorsOf(tree, validate);
  let sound = tree;
  // What has lost a part that it must have is wrong in its turn.
  for (let errors = first; errors.length > 0; errors = errorsOf(sound, validate)) {
    sound = prune(sound, new Set(errors.map((error) => toPointer(wrongPart(error)))));
  }
  return { sound, diagnostics: first.map((error) => toDiagnostic(tree, error)) };
}

function errorsOf(tree: Tree, validate: Validate): ErrorObject[] {
  validate(toPlain(tree));
  // What is wrong with a key is told by propertyNames itself.
  return (validate.errors ?? []).filter(({ propertyName }) => propertyName === undefined);
}

/** The path of what a schema error is about. */
function wrongPart({ instancePath, keyword, params }: ErrorObject): Path {
  const path = fromPointer(instancePath);
  if (keyword === 'additionalProperties') return [...path, String(params.additionalProperty)];
  if (keyword === 'propertyNames') return [...path, String(params.propertyName)];
  return path;
}

interface Finding {
  code: string;
  message: string;
  hint?: string | undefined;
}

function toDiagnostic(tree: Tree, error: ErrorObject): Diagnostic {
  const path = wrongPart(error);
  const isKey = error.keyword === 'additionalProperties' || error.keyword === 'propertyNames';
  const { file, range }: Place = isKey ? keyPlaceOf(tree, path) : placeOf(tree, path);
  const { hint, ...finding } = describeError(tree, error, path);
  return { severity: 'error', ...finding, file, range, ...(hint === undefined ? {} : { hint }) };
}

function describeError(tree: Tree, error: ErrorObject, path: Path): Finding {
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(error, path);
    case 'propertyNames':
      return badName(tree, error, path);
    case 'required':
      return missingKey(error, path);
    case 'type':
      return wrongType(tree, error, path);
    default:
      return badValue(tree, error, path);
  }
}

function unknownKey({ parentSchema }: ErrorObject, path: Path): Finding {
  const key = String(path.at(-1));
  const known = Object.keys((parentSchema?.properties ?? {}) as object);
  const near = suggest(key, known);
  const around = path.length === 1 ? '' : ` in ${nameOf(path.slice(0, -1))}`;
  const word = path.length === 1 ? foreignWords.get(key) : undefined;
  const hint = word ?? (near ? `Did you mean "${near}"?` : `Known here: ${known.join(', ')}.`);
  return { code: 'unknown-key', message: `Unknown key${around}: ${quote(key)}`, hint };
}

function badName(tree: Tree, { params, schema }: ErrorObject, path: Path): Finding {
  const name = String(params.propertyName);
  const around = find(tree, path.slice(0, -1));
  const written = around?.kind === 'map' ? around.entries.get(name)?.written : undefined;
  const wanted = schema as Annotations;
  const message = `${quote(written ?? name)} in ${nameOf(path.slice(0, -1))} is not ${titleOf(wanted)}.`;
  return { code: 'bad-name', message, hint: exampleHint(wanted) };
}

function missingKey({ params }: ErrorObject, path: Path): Finding {
  const key = String(params.missingProperty);
  return { code: 'missing-key', message: `"${key}" is missing in ${nameOf(path)}.` };
}

function wrongType(tree: Tree, { params, parentSchema }: ErrorObject, path: Path): Finding {
  const wanted = (Array.isArray(params.type) ? params.type : [params.type]) as string[];
  const found = find(tree, path);
  return {
    code: 'wrong-type',
    message: `"${nameOf(path)}" must be ${listTypes(wanted)}, not ${describe(found)}.`,
    hint: typeHint(wanted, found, parentSchema) ?? exampleHint(parentSchema),
  };
}

function badValue(tree: Tree, { keyword, params, parentSchema }: ErrorObject, path: Path): Finding {
  const found = find(tree, path);
  const written = found?.kind === 'scalar' ? quote(found.written) : describe(found);
  if (keyword === 'enum') {
    const allowed = (params.allowedValues as unknown[]).map(String);
    const near = found?.kind === 'scalar' ? suggest(found.written, allowed) : undefined;
    const message = `"${nameOf(path)}" must be ${oneOf(allowed)}, not ${written}.`;
    return { code: 'bad-value', message, hint: near && `Did you mean "${near}"?` };
  }
  if (keyword === 'minItems' || keyword === 'minProperties') {
    return { code: 'bad-value', message: `"${nameOf(path)}" is empty.` };
  }
  const message = `"${nameOf(path)}" is not ${titleOf(parentSchema)}: ${written}`;
  return { code: 'bad-value', message, hint: exampleHint(parentSchema) };
}

function describe(tree: Tree | undefined): string {
  if (tree === undefined) return 'nothing';
  if (tree.kind !== 'scalar') return tree.kind === 'list' ? 'a list' : 'a map';
  const { value, written } = tree;
  if (value === null) return 'empty';
  if (typeof value === 'number') return `the number ${quote(written).slice(1, -1)}`;
  return typeof value === 'boolean' ? written : `the text ${quote(written)}`;
}

const typeNames: Record<string, string> = {
  object: 'a map',
  array: 'a list',
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'empty',
};

function listTypes(types: string[]): string {
  return oneOf(types.map((type) => typeNames[type] ?? type));
}

function oneOf(words: string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}

function typeHint(
  wanted: string[],
  found: Tree | undefined,
  schema: Annotations,
): string | undefined {
  if (found?.kind !== 'scalar') return undefined;
  const { value, written, raw } = found;
  if (value === null) return 'Give the key a value, or remove it.';
  if (wanted.includes('boolean')) return booleanHint(written);
  if (wanted.includes('string') && schema?.pattern === undefined) {
    return `To make it text, put it in quotes: "${written}"`;
  }
  return wanted.includes('array') ? `A list of one is written [${raw}].` : undefined;
}

function booleanHint(written: string): string | undefined {
  if (/^(yes|on|y|true)$/i.test(written)) return 'Write true.';
  return /^(no|off|n|false)$/i.test(written) ? 'Write false.' : undefined;
}

/** What of a schema is for messages. */
type Annotations = Record<string, unknown> | undefined;

function titleOf(schema: Annotations): string {
  return typeof schema?.title === 'string' ? schema.title : 'a value that can stand here';
}

function exampleHint(schema: Annotations): string | undefined {
  const examples = schema?.examples as unknown[] | undefined;
  if (!Array.isArray(examples) || examples.length === 0) return undefined;
  return `For example: ${examples.map(exampleText).join(' or ')}`;
}

function exampleText(example: unknown): string {
  return typeof example === 'string' ? example : JSON.stringify(example);
}
