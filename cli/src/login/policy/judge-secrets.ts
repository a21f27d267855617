import type { Config } from '../../config/config.ts';
import type { DecisionInput } from './decision-input.ts';
import type { Verdict } from './verdict.ts';
import { within } from './within.ts';

/** Judges where secrets come from: no command of the host's, no file that is not the person's. */
export function judgeSecrets(input: DecisionInput, verdict: Verdict): Config['secrets'] {
  for (const [name, source] of Object.entries(input.config.secrets)) {
    if (source.from === 'command') {
      verdict.deny(`The secret ${name} comes from a command, and nothing is run on this host.`);
    }
    if (source.from === 'file') judgeFile(name, source.path, input, verdict);
  }
  return input.config.secrets;
}

function judgeFile(
  name: string,
  path: string,
  { policy, config, source, places }: DecisionInput,
  verdict: Verdict,
): void {
  const facts = places.get(path);
  const folders = [config.project.root, source.mount, ...policy.repositories.roots];
  if (facts === undefined || !folders.some((folder) => within(facts.realPath, folder))) {
    const message = `The secret ${name} comes from ${path}, which is in none of your repositories.`;
    verdict.deny(message, 'repositories.roots');
  } else if (facts.problem !== undefined) {
    const message = `The secret ${name} comes from ${path}, which ${facts.problem}.`;
    verdict.deny(message, 'repositories.roots');
  }
}
