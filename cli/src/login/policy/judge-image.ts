import type { ImageSource } from '../../config/config.ts';
import type { DecisionInput } from './decision-input.ts';
import { buildPlaces } from './host-places.ts';
import { imageMatches } from './image-matches.ts';
import type { Verdict } from './verdict.ts';
import { within } from './within.ts';

/** Judges what the container is made from. */
export function judgeImage(input: DecisionInput, verdict: Verdict): ImageSource {
  const { policy, config } = input;
  const { image } = config;
  if (image.kind === 'build') {
    verdict.needs('image', 'build', true);
    judgeBuild(image, input, verdict);
    return image;
  }
  verdict.needs('image', 'image', image.reference !== policy.images.default);
  judgeReference(image.reference, input, verdict);
  return image;
}

function judgeReference(reference: string, { policy }: DecisionInput, verdict: Verdict): void {
  // The engine would take it for the id of any image it has, somebody else's too.
  if (/^(sha256:)?[0-9a-f]+$/.test(reference)) {
    verdict.deny(`The image ${reference} may be meant as an id: write its name and its tag.`);
  } else if (!imageMatches(reference, policy.images.allow)) {
    verdict.deny(`The image ${reference} is not among those that are allowed.`, 'images.allow');
  }
}

type Build = Extract<ImageSource, { kind: 'build' }>;

function judgeBuild(build: Build, input: DecisionInput, verdict: Verdict): void {
  if (!input.policy.images.build) {
    verdict.deny('Images are not built here: name a ready one under "image".', 'images.build');
    return;
  }
  if (build.trustsHost) verdict.deny('"trust: host" would give a build what this host trusts.');
  if (build.registry !== undefined) verdict.deny('"registry" would use logins of this host.');
  if (build.secrets.length > 0) verdict.deny('Secrets do not reach builds here.');
  for (const reference of build.cacheFrom) judgeReference(reference, input, verdict);
  for (const path of buildPlaces(input.config)) judgePlace(path, input, verdict);
}

function judgePlace(
  path: string,
  { config, source, places }: DecisionInput,
  verdict: Verdict,
): void {
  const facts = places.get(path);
  const folders = [config.project.root, source.mount];
  if (facts === undefined || !folders.some((folder) => within(facts.realPath, folder))) {
    verdict.deny(`${path} is not in the repository, so nothing is built from it.`);
  } else if (facts.problem !== undefined) {
    verdict.deny(`${path} ${facts.problem}, so nothing is built from it.`, 'repositories.roots');
  }
}
