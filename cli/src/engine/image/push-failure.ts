import { DevenvError } from '../../errors.ts';
import { engineMessage, translateEngineError } from '../docker/errors.ts';
import { loginTarget, withoutWrapping } from './pull-failure.ts';
import { registryOf } from './registry-of.ts';

/** Why an image could not be pushed, from what the engine says, with what to do about it. */
export function explainPushFailure(error: unknown, reference: string, host: string): DevenvError {
  const translated = translateEngineError(error, `push ${reference}`, host);
  if (translated.code !== 'engine_failed') return translated;
  const said = withoutWrapping(engineMessage(translated.cause ?? translated));
  const { explain } = rules.find(({ when }) => when.test(said)) ?? otherwise;
  const { message, hint } = explain(reference, registryOf(reference));
  return new DevenvError('push_failed', message, {
    hint,
    details: [said],
    cause: translated.cause,
  });
}

interface Rule {
  when: RegExp;
  explain: (reference: string, registry: string) => { message: string; hint: string };
}

const again =
  'Run the same command again: what the registry has already is not sent a second time.';

/** The first that fits counts. The words are those of Docker's and Podman's engines. */
const rules: Rule[] = [
  {
    when: /unauthorized|authentication required|no basic auth|status:? 401/i,
    explain: (reference, registry) => ({
      message: `The registry ${registry} demands a login to push ${reference}.`,
      hint: `Run "docker login${loginTarget(reference)}" as somebody who may write there.`,
    }),
  },
  {
    when: /denied|forbidden|insufficient.scope|status:? 403/i,
    explain: (reference, registry) => ({
      message: `The registry ${registry} does not let you push ${reference}.`,
      hint: `Check "build.registry" and whether your account may write there; "docker login${loginTarget(reference)}" changes the account.`,
    }),
  },
  {
    when: /does not exist locally|no such image|tag does not exist/i,
    explain: (reference) => ({
      message: `The image ${reference} went away before it was pushed.`,
      hint: 'Run the same command again: it is built anew.',
    }),
  },
  {
    when: /x509|certificate/i,
    explain: (_, registry) => ({
      message: `The engine does not trust the certificate of the registry ${registry}.`,
      hint: `Give the engine the authority that signed it: /etc/docker/certs.d/${registry}/ca.crt on the engine's host.`,
    }),
  },
  {
    when: /http response to https client/i,
    explain: (_, registry) => ({
      message: `The registry ${registry} speaks plain HTTP, which the engine refuses.`,
      hint: 'Add it to "insecure-registries" in the engine\'s daemon.json if you trust the network in between.',
    }),
  },
  {
    when: /name unknown|repository .*not found|name invalid|not found/i,
    explain: (reference, registry) => ({
      message: `The registry ${registry} has no place for ${reference}.`,
      hint: 'Check "build.registry"; some registries want the repository to be made first.',
    }),
  },
  {
    when: /no such host|server misbehaving|connection refused|no route to host|network is unreachable|proxyconnect/i,
    explain: (reference, registry) => ({
      message: `The engine cannot reach the registry ${registry} to push ${reference}.`,
      hint: 'Check "build.registry", the network and the proxy of the engine.',
    }),
  },
  {
    when: /connection reset|broken pipe|timeout|timed out|deadline exceeded|\bEOF\b|request canceled|closed network connection/i,
    explain: (reference, registry) => ({
      message: `The connection to the registry ${registry} broke while ${reference} was pushed.`,
      hint: again,
    }),
  },
];

const otherwise: Pick<Rule, 'explain'> = {
  explain: (reference) => ({
    message: `The image ${reference} could not be pushed.`,
    hint: 'What the engine said is above; "docker push" on its host should fail in the same way.',
  }),
};
