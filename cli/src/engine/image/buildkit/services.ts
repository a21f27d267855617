import { createConnection } from 'node:net';
import { status, type handleBidiStreamingCall, type handleUnaryCall } from '@grpc/grpc-js';
import type { RegistryLogin } from '../../docker/answers.ts';
import { method, type Service } from './service.ts';

/** The engine asks every few seconds, and gives the session up without an answer. */
export function healthService(): Service {
  const check: handleUnaryCall<unknown, { status: number }> = (_call, answer) => {
    const serving = 1;
    answer(null, { status: serving });
  };
  return {
    definition: {
      Check: method('/grpc.health.v1.Health/Check', ['HealthCheckRequest', 'HealthCheckResponse']),
    },
    implementation: { Check: check },
  };
}

/** The values behind `RUN --mount=type=secret,id=NAME`. */
export function secretsService(secrets: Record<string, string>): Service {
  const getSecret: handleUnaryCall<{ ID: string }, { data: Buffer }> = ({ request }, answer) => {
    if (Object.hasOwn(secrets, request.ID)) {
      answer(null, { data: Buffer.from(secrets[request.ID]!) });
      return;
    }
    // A mount that is not required goes without.
    answer({ code: status.NOT_FOUND, details: `there is no secret ${request.ID}` });
  };
  return {
    definition: {
      GetSecret: method('/moby.buildkit.secrets.v1.Secrets/GetSecret', [
        'GetSecretRequest',
        'GetSecretResponse',
      ]),
    },
    implementation: { GetSecret: getSecret },
  };
}

/** Who to be for a registry, by its host; nobody in particular where there is no login. */
export function authService(
  loginFor: (host: string) => Promise<RegistryLogin | undefined>,
): Service {
  const credentials: handleUnaryCall<{ Host: string }, { Username: string; Secret: string }> = (
    { request },
    answer,
  ) => {
    loginFor(request.Host).then(
      (login) => {
        const { username, password, identitytoken } = login ?? {};
        // BuildKit takes a token as the secret of nobody.
        answer(null, {
          Username: identitytoken === undefined ? (username ?? '') : '',
          Secret: identitytoken ?? password ?? '',
        });
      },
      (error: Error) => answer({ code: status.UNAVAILABLE, details: error.message }),
    );
  };
  return {
    definition: {
      Credentials: method('/moby.filesync.v1.Auth/Credentials', [
        'CredentialsRequest',
        'CredentialsResponse',
      ]),
    },
    implementation: { Credentials: credentials },
  };
}

/** The host's ssh agent behind `RUN --mount=type=ssh`, the default one and no other. */
export function sshService(agentSocket: string): Service {
  const checkAgent: handleUnaryCall<{ ID: string }, object> = ({ request }, answer) => {
    if (request.ID === '' || request.ID === 'default') answer(null, {});
    else answer({ code: status.NOT_FOUND, details: `there is no ssh agent ${request.ID}` });
  };
  const forwardAgent: handleBidiStreamingCall<{ data: Buffer }, { data: Buffer }> = (call) => {
    const agent = createConnection(agentSocket);
    agent.on('data', (data) => call.write({ data }));
    agent.on('end', () => call.end());
    agent.on('error', () => call.end());
    call.on('data', ({ data }: { data: Buffer }) => agent.write(data));
    call.on('end', () => agent.end());
    call.on('error', () => agent.destroy());
    call.on('cancelled', () => agent.destroy());
  };
  return {
    definition: {
      CheckAgent: method('/moby.sshforward.v1.SSH/CheckAgent', [
        'CheckAgentRequest',
        'CheckAgentResponse',
      ]),
      ForwardAgent: method(
        '/moby.sshforward.v1.SSH/ForwardAgent',
        ['BytesMessage', 'BytesMessage'],
        { streams: true },
      ),
    },
    implementation: { CheckAgent: checkAgent, ForwardAgent: forwardAgent },
  };
}
