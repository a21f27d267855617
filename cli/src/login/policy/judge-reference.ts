import type { DecisionInput } from './decision-input.ts';
import { imageMatches } from './image-matches.ts';
import type { Verdict } from './verdict.ts';

/** What was built for people behind the login shell: for each of them alone, by their own file. */
const personal = ['devenv/uid*/**', 'localhost/devenv/uid*/**'];

/**
 * Judges an image by its name.
 *
 * @param where What stands before the message: where it is named.
 */
export function judgeReference(
  reference: string,
  { policy }: DecisionInput,
  verdict: Verdict,
  where = '',
): void {
  // The engine would take it for the id of any image it has, somebody else's too.
  if (/^(sha256:)?[0-9a-f]+$/.test(reference)) {
    verdict.deny(
      `${where}The image ${reference} may be meant as an id: write its name and its tag.`,
    );
  } else if (imageMatches(reference, personal)) {
    verdict.deny(`${where}The image ${reference} was built for one person, and has no other use.`);
  } else if (!imageMatches(reference, policy.images.allow)) {
    const message = `${where}The image ${reference} is not among those that are allowed.`;
    verdict.deny(message, 'images.allow');
  }
}
