import {
  readPolicy,
  type Person,
  type ReadPolicy,
} from '../../../cli/src/login/policy/read-policy.ts';
import type { Policy } from '../../../cli/src/login/policy/policy.ts';

export const ann: Person = { uid: 1000, name: 'ann', home: '/home/ann', groups: ['ann', 'staff'] };

/** The policy of a text, which has nothing wrong with it. */
export function policyOf(text: string, person = ann): ReadPolicy & { policy: Policy } {
  const { policy, ...rest } = readPolicy('/etc/devenv/policy.yaml', text, person);
  if (policy === undefined) throw new Error(problemsOf(text).join('\n'));
  return { policy, ...rest };
}

/** `line:column code message`, one for each mistake. */
export function problemsOf(text: string, person = ann): string[] {
  return readPolicy('/etc/devenv/policy.yaml', text, person).diagnostics.map(
    ({ range, code, message }) => `${range.start.line}:${range.start.column} ${code} ${message}`,
  );
}
