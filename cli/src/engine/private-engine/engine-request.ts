import { request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface EngineAnswer {
  status: number;
  body: string;
}

/**
 * One request to the engine at a socket, without the engine client: the private engine is looked
 * after before that can be used. Fails with the system's error, or when `timeout` (ms) runs out.
 */
export function engineRequest(
  socketPath: string,
  method: 'GET' | 'POST',
  path: string,
  timeout: number,
): Promise<EngineAnswer> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, method, path, timeout, agent: false }, (response) => {
      text(response).then((body) => {
        resolve({ status: response.statusCode ?? 0, body });
      }, reject);
    });
    call.once('timeout', () => {
      call.destroy(new Error(`no answer to ${method} ${path} within ${timeout} ms`));
    });
    call.once('error', reject);
    call.end();
  });
}
