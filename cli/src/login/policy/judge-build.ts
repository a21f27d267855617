import type { ImageSource } from '../../config/config.ts';
import type { DecisionInput } from './decision-input.ts';
import { buildPlaces } from './host-places.ts';
import { judgeReference } from './judge-reference.ts';
import { plainDockerfile } from './plain-dockerfile.ts';
import type { Verdict } from './verdict.ts';
import { within } from './within.ts';

type Build = Extract<ImageSource, { kind: 'build' }>;

/** Judges what is built, and from what; gives the build as it is allowed. */
export function judgeBuild(build: Build, input: DecisionInput, verdict: Verdict): Build {
  const { policy, config, caller } = input;
  if (!policy.images.build) {
    verdict.deny('Images are not built here: name a ready one under "image".', 'images.build');
    return build;
  }
  if (build.trustsHost) verdict.deny('"trust: host" would give a build what this host trusts.');
  if (build.registry !== undefined) verdict.deny('"registry" would use logins of this host.');
  if (build.secrets.length > 0) verdict.deny('Secrets do not reach builds here.');
  if (config.init === 'image') {
    verdict.deny('"init: image" would run what a Dockerfile says as root, beside your files.');
  }
  for (const reference of build.cacheFrom) judgeReference(reference, input, verdict);
  const before = verdict.denials.length;
  for (const path of buildPlaces(config)) judgePlace(path, input, verdict);
  if (verdict.denials.length === before) judgeDockerfile(build, input, verdict);
  return { ...build, confined: { uid: caller.uid, network: policy.images.buildNetwork } };
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

function judgeDockerfile(
  { dockerfile: path, args }: Build,
  input: DecisionInput,
  verdict: Verdict,
): void {
  if (input.dockerfile === undefined) {
    verdict.deny(`${path} cannot be read: it has to be a file of at most 64 KB that is yours.`);
    return;
  }
  const { images, problems } = plainDockerfile(input.dockerfile, args);
  for (const { line, message } of problems) verdict.deny(`${path}:${line}: ${message}`);
  for (const { reference, line } of images) {
    judgeReference(reference, input, verdict, `${path}:${line}: `);
  }
}
