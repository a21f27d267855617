import { DevenvError, type ErrorCode } from '../../errors.ts';
import { engineMessage, translateEngineError } from '../docker/errors.ts';
import { registryOf } from './registry-of.ts';

/** Why an image could not be pulled, from what the engine says, with what to do about it. */
export function explainPullFailure(error: unknown, reference: string, host: string): DevenvError {
  const translated = translateEngineError(error, `pull ${reference}`, host);
  if (translated.code !== 'engine_failed') return translated;
  const said = withoutWrapping(engineMessage(translated.cause ?? translated));
  const { code, message, hint } = (rules.find(({ when }) => when.test(said)) ?? otherwise).explain(
    reference,
  );
  return new DevenvError(code, message, { hint, details: [said], cause: translated.cause });
}

/** What the image could come from where no registry can be reached; undefined for most images. */
export function bootstrapHint(reference: string): string | undefined {
  const match = /^(?:docker\.io\/)?(?:library\/)?(debian|ubuntu)(?::([a-z]+(?:-slim)?))?$/.exec(
    reference,
  );
  if (match === null) return undefined;
  const [, distribution, suite] = match;
  if (suite !== undefined && !releases.test(suite)) return undefined;
  if (suite === undefined || suite === 'latest') {
    return `Name a suite, ${distribution}:SUITE, and "devenv image bootstrap ${distribution}:SUITE" builds it from the distribution's packages.`;
  }
  return `Run "devenv image bootstrap ${distribution}:${suite}": it builds the image from the distribution's packages.`;
}

/** What packages can be had of; another name is more likely a mistake than a release. */
const releases =
  /^(?:latest|stable|testing|unstable|sid|buster|bullseye|bookworm|trixie|forky|focal|jammy|noble|plucky|questing|resolute)(?:-slim)?$/;

interface Explanation {
  code: ErrorCode;
  message: string;
  hint: string;
}

interface Rule {
  when: RegExp;
  explain: (reference: string) => Explanation;
}

/** The first that fits counts. The words are those of Docker's and Podman's engines. */
const rules: Rule[] = [
  {
    when: /invalid reference format|repository name must be/i,
    explain: (reference) => ({
      code: 'image_not_found',
      message: `"${reference}" is not the name of an image.`,
      hint: 'A name looks like "debian:bookworm-slim" or "registry.example.com/team/image:tag", in lower case.',
    }),
  },
  {
    when: /no matching manifest|does not match the specified platform|no image found in manifest list/i,
    explain: (reference) => ({
      code: 'pull_failed',
      message: `The image ${reference} does not exist for this engine's kind of processor.`,
      hint: 'Choose a tag that does; "docker manifest inspect" lists what there is.',
    }),
  },
  {
    when: /toomanyrequests|too many requests|rate limit/i,
    explain: (reference) => ({
      code: 'pull_failed',
      message: `The registry ${registryOf(reference)} refuses further pulls for now: ${reference}.`,
      hint: 'Wait, or log in with "docker login": people who are logged in may pull more.',
    }),
  },
  {
    when: /repository does not exist|manifest unknown|name unknown|manifest for .* not found|not found: manifest|no such image/i,
    explain: (reference) => ({
      code: 'image_not_found',
      message: `The registry ${registryOf(reference)} has no image ${reference}.`,
      hint: `Check the spelling and the tag; if the image is private, run "docker login${loginTarget(reference)}".`,
    }),
  },
  {
    when: /x509|certificate/i,
    explain: (reference) => ({
      code: 'pull_failed',
      message: `The engine does not trust the certificate of the registry ${registryOf(reference)}.`,
      hint: `Give the engine the authority that signed it: /etc/docker/certs.d/${registryOf(reference)}/ca.crt on the engine's host.`,
    }),
  },
  {
    when: /http response to https client/i,
    explain: (reference) => ({
      code: 'pull_failed',
      message: `The registry ${registryOf(reference)} speaks plain HTTP, which the engine refuses.`,
      hint: 'Add it to "insecure-registries" in the engine\'s daemon.json if you trust the network in between.',
    }),
  },
  {
    when: /unauthorized|authentication required|no basic auth|denied|forbidden|status:? 40[13]/i,
    explain: (reference) => ({
      code: 'pull_failed',
      message: `The registry ${registryOf(reference)} does not let you pull ${reference}.`,
      hint: `Run "docker login${loginTarget(reference)}", and check that your account may read the image.`,
    }),
  },
  {
    when: /no such host|server misbehaving|connection refused|connection reset|no route to host|network is unreachable|i\/o timeout|timeout|timed out|deadline exceeded|proxyconnect|\bEOF\b|request canceled/i,
    explain: (reference) => ({
      code: 'pull_failed',
      message: `The engine cannot reach the registry ${registryOf(reference)} to pull ${reference}.`,
      hint:
        bootstrapHint(reference) ??
        'Check the network and the proxy of the engine. Without a registry, "build: ." with a Dockerfile FROM debian:bookworm-slim works: "devenv image bootstrap debian:bookworm-slim" makes that base.',
    }),
  },
];

const otherwise: Pick<Rule, 'explain'> = {
  explain: (reference) => ({
    code: 'pull_failed',
    message: `The image ${reference} could not be pulled.`,
    hint: 'What the engine said is above; "docker pull" on its host should fail in the same way.',
  }),
};

/** What to write behind "docker login", with a space before it. */
export function loginTarget(reference: string): string {
  const registry = registryOf(reference);
  return registry === 'docker.io' ? '' : ` ${registry}`;
}

/** Drops the "(HTTP code 404) unexpected - " that dockerode puts in front. */
export function withoutWrapping(message: string): string {
  return message.replace(/^\(HTTP code \d+\) [^-]* - /, '').trim();
}
