import type { Config } from '../../../cli/src/config/config.ts';
import { decide } from '../../../cli/src/login/policy/decide.ts';
import type { DecisionInput } from '../../../cli/src/login/policy/decision-input.ts';
import { hostPlaces } from '../../../cli/src/login/policy/host-places.ts';
import type { Policy } from '../../../cli/src/login/policy/policy.ts';
import {
  readPolicy,
  type Person,
  type ReadPolicy,
} from '../../../cli/src/login/policy/read-policy.ts';
import type { Caller, SourceFacts } from '../../../cli/src/plan/world.ts';
import { aConfig, aWorld } from '../../plan/fixtures.ts';

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

export interface Asked {
  /** Text of the policy. */
  policy?: string;
  source?: Partial<SourceFacts>;
  /** Text of the Dockerfile. */
  dockerfile?: string;
  caller?: Partial<Caller>;
  /** What is wrong with a path of the host; nothing with all others. */
  problems?: Record<string, string>;
  /** Where the links on the way to a path lead. */
  links?: Record<string, string>;
}

/** What `image: debian:bookworm-slim` alone means for somebody who comes in by the login shell. */
export function aLoginConfig(changes: Partial<Config> = {}): Config {
  return aConfig({
    image: { kind: 'image', reference: 'debian:bookworm-slim' },
    home: 'user',
    resources: { cpus: undefined, memory: undefined, pids: 4096, shmSize: undefined },
    security: { ...aConfig().security, securityOpt: ['no-new-privileges'] },
    ...changes,
  });
}

/** What it is decided on when ann's repository, /home/ann/shop, asks for something. */
export function inputFor(changes: Partial<Config>, asked: Asked = {}): DecisionInput {
  const { policy, where } = policyOf(asked.policy ?? '');
  const world = aWorld();
  const config = aLoginConfig(changes);
  const caller = { ...world.caller, ...asked.caller };
  const source = { ...world.source, ...asked.source };
  const facts = hostPlaces(config, source, caller).map((path) => {
    const realPath = asked.links?.[path] ?? path;
    return [path, { realPath, problem: asked.problems?.[path] }] as const;
  });
  const { dockerfile = 'FROM debian:bookworm-slim\n' } = asked;
  return { policy, where, caller, config, source, dockerfile, places: new Map(facts) };
}

/** The Config that is allowed, and what is said about it. */
export function allowed(
  changes: Partial<Config>,
  asked?: Asked,
): { config: Config; notices: string[] } {
  const decision = decide(inputFor(changes, asked));
  if ('denials' in decision) throw new Error(decision.denials.map(({ message }) => message).join());
  return { config: decision.allowed, notices: decision.notices };
}

/** `message [rule]`, one for each denial. */
export function denied(changes: Partial<Config>, asked?: Asked): string[] {
  const decision = decide(inputFor(changes, asked));
  return 'denials' in decision
    ? decision.denials.map(({ message, rule }) => `${message} [${rule}]`)
    : [];
}
