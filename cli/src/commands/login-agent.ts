import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { AgentRequest } from '../login/forward-agent.ts';
import { relaySshAgent } from '../engine/relay/ssh-agent.ts';
import { write } from '../ui/output.ts';
import type { CommandFunction } from './context.ts';

/**
 * Offers an ssh agent until stdin ends, with no rights but those of the person whose login it is
 * for. It is not meant to be typed.
 */
export const loginAgent: CommandFunction = async ({ stdin, stdout }) => {
  const lines = createInterface({ input: stdin });
  const [line] = (await once(lines, 'line')) as [string];
  const relay = await relaySshAgent(JSON.parse(line) as AgentRequest);
  await write(stdout, `${relay.name}\n`);
  await once(lines, 'close');
  await relay.close();
  return 0;
};
