import { eventually } from '../../support/eventually.ts';
import type { LoginHost } from '../../support/login-host.ts';

/** A shell on a terminal that waits for somebody to type. */
export interface OpenSession {
  /** Types a command; whether its answer has come. */
  answers(): Promise<boolean>;
  end(): Promise<void>;
}

/** So many logins begin at a time: people do not all come in the same moment. */
const together = 10;

/** Opens so many, those of the people in turn, and waits for the prompt of each. */
export async function openSessions(
  host: LoginHost,
  people: string[],
  count: number,
  command: string[] = [],
): Promise<OpenSession[]> {
  const sessions: OpenSession[] = [];
  while (sessions.length < count) {
    const next = Array.from({ length: Math.min(together, count - sessions.length) }, (_, index) =>
      openSession(host, people[(sessions.length + index) % people.length]!, command),
    );
    sessions.push(...(await Promise.all(next)));
  }
  return sessions;
}

async function openSession(host: LoginHost, name: string, command: string[]): Promise<OpenSession> {
  const client = host.startSsh(name, command, {
    extraOptions: ['-tt'],
    stdin: 'pipe' as const,
    buffer: false as const,
  });
  let said = '';
  client.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  client.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await eventually(
    () => said,
    (text) => /\$ $/.test(text),
    120_000,
  );
  return {
    answers: async () => {
      client.stdin.write('echo alive $((6 * 7))\n');
      const text = await eventually(
        () => said,
        (now) => now.includes('alive 42'),
        60_000,
      );
      return text !== '' && client.exitCode === null;
    },
    end: async () => {
      client.stdin.write('exit\n');
      client.stdin.end();
      await client;
    },
  };
}
