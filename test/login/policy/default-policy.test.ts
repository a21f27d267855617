import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { defaultPolicyText } from '../../../cli/src/login/policy/default-policy.ts';
import policySchema from '../../../devenv-schemas/policy.schema.json' with { type: 'json' };
import { policyOf } from './fixtures.ts';

it('the policy that is written at first is the default', () => {
  expect(policyOf(defaultPolicyText).policy).toEqual(policyOf('').policy);
});

it('the policy that is written at first shows every key', () => {
  const written = parse(defaultPolicyText) as Record<string, object>;
  expect(Object.keys(written)).toEqual(Object.keys(policySchema.properties));
  const limits = Object.keys(policySchema.properties.limits.properties);
  expect(
    Object.keys(written.limits ?? {})
      .concat('disk')
      .sort(),
  ).toEqual(limits.sort());
});

it('what is proposed in its comments is right, too', () => {
  const text = defaultPolicyText
    .replace('overrides: []\n', 'overrides:\n')
    .replace(/^#( +(?:- match|set|limits|images))/gm, ' $1')
    .replace('# disk: 20g', 'disk: 20g');
  const { policy } = policyOf(text);
  expect(policy.limits).toMatchObject({ memory: 8 * 1024 ** 3, disk: 20 * 1024 ** 3 });
  expect(policy.images.build).toBe(true);
});
