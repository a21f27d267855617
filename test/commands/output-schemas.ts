import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import formatsPlugin from 'ajv-formats';
import { expect } from 'vitest';

const folder = fileURLToPath(new URL('../../devenv-schemas/output/', import.meta.url));

/** The names of the schemas in devenv-schemas/output: one for each command, and a few more. */
export const schemaNames = readdirSync(folder)
  .filter((name) => name.endsWith('.schema.json'))
  .map((name) => name.replace('.schema.json', ''));

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
formatsPlugin(ajv);
for (const name of schemaNames) ajv.addSchema(readSchema(name));

export function readSchema(name: string): Record<string, unknown> {
  const text = readFileSync(`${folder}${name}.schema.json`, 'utf8');
  return JSON.parse(text) as Record<string, unknown>;
}

/** Expects JSON text to be what the schema of that name says; gives it parsed. */
export function expectValid(name: string, text: string): unknown {
  const value: unknown = JSON.parse(text);
  const valid = ajv.validate(`output/${name}.schema.json`, value);
  expect(valid ? '' : ajv.errorsText(undefined, { separator: '\n' }), text).toBe('');
  return value;
}
