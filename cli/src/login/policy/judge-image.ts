import type { ImageSource } from '../../config/config.ts';
import type { DecisionInput } from './decision-input.ts';
import { judgeBuild } from './judge-build.ts';
import { judgeReference } from './judge-reference.ts';
import type { Verdict } from './verdict.ts';

/** Judges what the container is made from. */
export function judgeImage(input: DecisionInput, verdict: Verdict): ImageSource {
  const { policy, config } = input;
  const { image } = config;
  if (image.kind === 'build') {
    verdict.needs('image', 'build', true);
    return judgeBuild(image, input, verdict);
  }
  verdict.needs('image', 'image', image.reference !== policy.images.default);
  judgeReference(image.reference, input, verdict);
  return image;
}
