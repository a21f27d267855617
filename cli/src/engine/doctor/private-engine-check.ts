import type { EngineOwner } from '../private-engine.ts';
import { missingRequirements } from '../private-engine/meet-requirements.ts';
import { type Check, ok, warn } from './check.ts';

/** Whether devenv could run an engine of its own here, and what is in the way. */
export async function checkPrivateEngine(owner: EngineOwner): Promise<Check[]> {
  if (owner.caller.platform !== 'linux') return [];
  const name = owner.caller.uid === 0 ? 'own engine' : 'own rootless engine';
  const missing = await missingRequirements(owner);
  if (missing.length === 0) return [ok(name, '"devenv engine start" can start one')];
  const lacks = missing.map(({ lack }) => lack).join(', ');
  return [
    warn(name, `devenv could not start one: ${lacks}.`, 'Run "devenv engine start --install".'),
  ];
}
