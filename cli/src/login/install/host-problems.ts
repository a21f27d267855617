import type { HostFacts, SshdFacts } from './host-facts.ts';
import { readPolicy } from '../policy/read-policy.ts';
import { whoseEngine } from '../policy/whose-engine.ts';
import { auditProblem } from '../premises.ts';
import { places } from './places.ts';

/** Everything that stands against installing, each with what to do about it. */
export function hostProblems(facts: HostFacts): string[] {
  const { node, writable, shellIsPrivate, sshd } = facts;
  const own = whoseEngine(places.policy, facts.policy) === 'own';
  // Where people have engines of their own, nothing is done as root.
  const missing = own ? facts.missing.filter(({ from }) => from !== 'sudo') : facts.missing;
  const problems = missing.map(
    ({ program, from }) => `${program} is not there: install the package ${from}.`,
  );
  if (writable.length > 0) {
    problems.push(
      `Others than root can change what root would run: ${writable.join(', ')}. Give it to root ("chown root:root PATH") and take the right away ("chmod go-w PATH")${advice(node, writable)}.`,
    );
  }
  if (!/^[\w./+@-]+$/.test(node)) {
    problems.push(`The path ${JSON.stringify(node)} of node has characters that scripts misread.`);
  }
  if (!shellIsPrivate) {
    problems.push('/bin/sh does not know -p: make it dash 0.5.11 or later, or bash.');
  }
  if (!own && missing.length === 0 && !facts.sudoersIncludes) {
    problems.push(
      '/etc/sudoers does not read its drop-ins: add the line "@includedir /etc/sudoers.d" with visudo.',
    );
  }
  problems.push(...policyProblems(facts));
  return sshd === undefined ? problems : [...problems, ...sshdProblems(sshd)];
}

/** What of the policy decides how the login shell is set up. */
function policyProblems({ policy: text, node, closed }: HostFacts): string[] {
  const whose = whoseEngine(places.policy, text);
  if (whose === 'shared') return [];
  if (whose === 'both') {
    return [
      `${places.policy} has an engine for everybody and people’s own beside each other: either each "engine" in it names the person (%U, %u, %h), or none does.`,
    ];
  }
  const somebody = { uid: 1, name: 'somebody', home: '/home/somebody', groups: [] };
  const { policy } = readPolicy(places.policy, text, somebody);
  const audit = policy && auditProblem(policy.audit);
  const unreachable = `${node}, which people would run, is closed to them by ${closed.join(', ')}: run devenv with the distribution’s node.`;
  return [...(audit ? [audit] : []), ...(closed.length > 0 ? [unreachable] : [])];
}

function advice(node: string, writable: string[]): string {
  const isNode = writable.some((found) => `${node}/`.startsWith(`${found.split(' (')[0]}/`));
  return isNode ? ', or run devenv with a node that is root’s, such as the distribution’s' : '';
}

function sshdProblems({ includes, settings }: SshdFacts): string[] {
  const problems: string[] = [];
  if (!includes) {
    problems.push(
      `${places.sshdConfig} does not read its drop-ins: add the line "Include /etc/ssh/sshd_config.d/*.conf" at its top.`,
    );
  }
  if (!(settings instanceof Map)) {
    problems.push(`sshd does not accept its configuration: ${settings.complaint.join(' ')}`);
    return problems;
  }
  const userEnvironment = settings.get('permituserenvironment') ?? 'no';
  if (userEnvironment !== 'no') {
    problems.push(
      `sshd has PermitUserEnvironment ${userEnvironment}, by which people choose what code their login shell loads, and no Match block can undo it: set it to "no".`,
    );
  }
  return problems;
}
