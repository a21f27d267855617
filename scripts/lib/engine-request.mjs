import { request } from 'node:http';

/**
 * One call of the engine API at a DOCKER_HOST address: the status code and the text of the answer.
 * undefined for addresses that need more than a plain connection (ssh, TLS).
 */
export function engineRequest(host, method, path) {
  const target = plainTarget(host);
  if (target === undefined) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const call = request({ ...target, method, path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => (text += part));
      response.once('end', () => resolve({ status: response.statusCode, text }));
      response.once('error', reject);
    });
    call.once('error', reject);
    call.end();
  });
}

function plainTarget(host) {
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) };
  if (!host.startsWith('tcp://') || process.env.DOCKER_TLS_VERIFY) return undefined;
  const { hostname, port } = new URL(host);
  return { host: hostname, port: port || 2375 };
}
