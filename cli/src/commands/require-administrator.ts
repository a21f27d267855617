import { ownPremises, rootPremises, type Premises } from '../login/premises.ts';
import type { Person } from '../login/person.ts';
import { requireRoot } from './require-root.ts';

export interface Administrator {
  premises: Premises;
  /** Who it is, where it is not root. */
  person: Person | undefined;
}

/**
 * Whose workspaces a command is about: as root everybody's, be it by asking each of them where they
 * have engines of their own; there, as anybody else, one's own. Fails with `denied` otherwise.
 */
export async function requireAdministrator(
  command: string,
): Promise<Administrator & { asksPeople: boolean }> {
  const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
  const own = process.platform === 'linux' && (await haveOwnEngines());
  if (!isRoot && !own) requireRoot(command);
  if (isRoot) return { premises: rootPremises, person: undefined, asksPeople: own };
  const { findPerson } = await import('../login/person.ts');
  const person = await findPerson(String(process.getuid?.()));
  return { premises: ownPremises(person.home), person, asksPeople: false };
}

/** What is no policy is for the command to complain about. */
async function haveOwnEngines(): Promise<boolean> {
  const { readFile } = await import('node:fs/promises');
  const { policyFile } = await import('../login/places.ts');
  const { whoseEngine } = await import('../login/policy/whose-engine.ts');
  const text = await readFile(policyFile, 'utf8').catch(() => '');
  return whoseEngine(policyFile, text) === 'own';
}
