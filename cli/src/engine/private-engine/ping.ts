import { engineRequest } from './engine-request.ts';

/** Whether an engine at this socket answers GET /_ping within a second. */
export async function answersPing(socketPath: string): Promise<boolean> {
  try {
    return (await engineRequest(socketPath, 'GET', '/_ping', 1_000)).status === 200;
  } catch {
    return false;
  }
}
