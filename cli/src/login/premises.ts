import { join } from 'node:path';
import { DevenvError } from '../errors.ts';
import type { Policy } from './policy/policy.ts';
import { cacheFolder, sessionsFolder, stateFolder, usualAuditFile } from './places.ts';

/** Where a broker keeps what it has to know, and whose engine it is for. */
export interface Premises {
  /** Whether it runs as the person, for the person's own engine, instead of as root for everybody's. */
  own: boolean;
  stateFolder: string;
  cacheFolder: string;
  sessionsFolder: string;
  /** Where it is noted that somebody was not let in, as long as no policy says where. */
  audit: Policy['audit'];
}

export const rootPremises: Premises = {
  own: false,
  stateFolder,
  cacheFolder,
  sessionsFolder,
  audit: { to: 'file', path: usualAuditFile },
};

/**
 * Those of a broker that runs as the person. They are the usual places below the home, whatever the
 * environment says, so that every login of the person finds the same.
 */
export function ownPremises(home: string): Premises {
  const state = join(home, '.local/state/devenv/login');
  return {
    own: true,
    stateFolder: state,
    cacheFolder: join(home, '.cache/devenv'),
    sessionsFolder: join(state, 'sessions'),
    audit: { to: 'syslog' },
  };
}

/**
 * Throws `denied` where a policy is not for a broker of that kind: root must not talk to an engine
 * that a person can make say anything, and a person cannot reach everybody's.
 */
export function demandFit({ own }: Pick<Premises, 'own'>, policy: Policy): void {
  const problem = misfit(own, policy);
  if (problem === undefined) return;
  const hint = 'Tell the administrator of this host: "devenv login install" has to be run again.';
  throw new DevenvError('denied', problem, { hint });
}

/** What stands against a policy for a broker of that kind, in a sentence. */
export function misfit(own: boolean, { engine, ownEngine, audit }: Policy): string | undefined {
  if (ownEngine && !own) {
    return `The policy names a person’s own engine, ${engine}, and the login shell of this host is set up for everybody’s.`;
  }
  if (own && !ownEngine) {
    return `The policy names everybody’s engine, ${engine}, and the login shell of this host is set up for people’s own.`;
  }
  return own ? auditProblem(audit) : undefined;
}

/** A file that people could write to themselves would be no log. */
export function auditProblem(audit: Policy['audit']): string | undefined {
  if (audit.to === 'syslog') return undefined;
  return `The policy has its audit log in ${audit.path}, which only root may write to: where people have engines of their own it says "audit: {syslog: true}".`;
}
