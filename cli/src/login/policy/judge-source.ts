import { posix } from 'node:path';
import type { DecisionInput } from './decision-input.ts';
import { sourcePlaces } from './host-places.ts';
import { reservedPath } from './reserved-path.ts';
import type { Verdict } from './verdict.ts';
import { within } from './within.ts';

/** Judges where the repository is, and all that is mounted because of it. */
export function judgeSource(input: DecisionInput, verdict: Verdict): void {
  const { config, source } = input;
  const { root, file } = config.project;
  if (!within(root, source.mount)) {
    verdict.deny(`The repository ${root} is not in ${source.mount}, which is to be mounted.`);
  }
  if (file !== undefined && posix.dirname(file) !== root) {
    verdict.deny(`The file ${file} is not in the repository ${root}.`);
  }
  for (const path of sourcePlaces(config, source)) judgePlace(path, input, verdict);
}

function judgePlace(path: string, { policy, places }: DecisionInput, verdict: Verdict): void {
  const facts = places.get(path);
  const reserved = reservedPath(path, policy.engine);
  if (reserved !== undefined) {
    verdict.deny(`${path} cannot be a repository: ${reserved}.`);
  } else if (facts === undefined || facts.realPath !== path) {
    verdict.deny(`${path} is not where it seems to be.`, 'repositories.roots');
  } else if (!policy.repositories.roots.some((root) => within(path, root))) {
    const message = `${path} is in none of the folders that repositories may be in.`;
    verdict.deny(message, 'repositories.roots');
  } else if (facts.problem !== undefined) {
    verdict.deny(`${path} ${facts.problem}.`, 'repositories.roots');
  }
}
