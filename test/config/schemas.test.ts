import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import devenv from '../../devenv-schemas/devenv.schema.json' with { type: 'json' };
import policy from '../../devenv-schemas/policy.schema.json' with { type: 'json' };
import user from '../../devenv-schemas/user.schema.json' with { type: 'json' };

type Schema = { [key: string]: unknown };

/** Every property of a schema, however deep, by path. */
function properties(schema: unknown, path = ''): [string, Schema][] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    const here = `${path}/${key}`;
    const own = path.endsWith('/properties') ? [[here, value as Schema] as [string, Schema]] : [];
    return [...own, ...properties(value, here)];
  });
}

describe.each([
  ['devenv.schema.json', devenv],
  ['user.schema.json', user],
  ['policy.schema.json', policy],
])('%s', (_name, schema) => {
  it('describes every property, for hovers', () => {
    const all = properties(schema);
    expect(all.length).toBeGreaterThan(3);
    expect(all.filter(([, property]) => !property.description).map(([path]) => path)).toEqual([]);
  });

  it('gives examples that are valid themselves', () => {
    const ajv = new Ajv({ allowUnionTypes: true });
    ajv.addSchema([devenv, user, policy]);
    const withExamples = properties(schema).filter(([, { examples }]) => Array.isArray(examples));
    expect(withExamples.length).toBeGreaterThan(0);
    for (const [path, { examples }] of withExamples) {
      const pointer = path.split('/').map(encodeURIComponent).join('/');
      const validate = ajv.compile({ $ref: `${schema.$id}#${pointer}` });
      for (const example of examples as unknown[]) {
        expect(validate(example), `${path}: ${JSON.stringify(example)}`).toBe(true);
      }
    }
  });
});
