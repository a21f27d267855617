import http from 'node:http';

/** Milliseconds in which an engine that has not said anything yet must answer a question. */
const patience = 10_000;

/**
 * Connections to an engine, kept for the next call as Node's own agent does. Two things that
 * docker-modem never notices make the call fail here: an answer that breaks off (ECONNRESET), and
 * an engine that accepts connections and is silent (ETIMEDOUT). One that has answered once may take
 * its time.
 */
export function createEngineAgent(secure: boolean): http.Agent {
  const agent = (secure ? secureAgent() : plainAgent()) as WatchedAgent;
  const addRequest = agent.addRequest.bind(agent);
  let answered = false;

  agent.addRequest = (request, ...rest) => {
    request.once('response', (response) => {
      answered = true;
      response.on('error', (error) => request.emit('error', error));
    });
    if (!answered && isQuestion(request)) {
      setTimeout(() => {
        if (!answered) request.destroy(timedOut());
      }, patience).unref();
    }
    addRequest(request, ...rest);
  };
  return agent;
}

const kept = { keepAlive: true, scheduling: 'lifo', timeout: 5_000 } as const;

/** Given no server name, Node looks for one in each request, at 6 ms for the first. */
function plainAgent(): http.Agent {
  return new http.Agent({ ...kept, servername: '' } as http.AgentOptions);
}

/** Few engines need it, and all of TLS comes with it. */
function secureAgent(): http.Agent {
  return new (process.getBuiltinModule('node:https').Agent)(kept);
}

/** Node calls it for each request, and agents on npm have long overridden it. */
interface WatchedAgent extends http.Agent {
  addRequest(request: http.ClientRequest, ...rest: unknown[]): void;
}

/** What an engine does itself, a pull or a build, may keep it busy before its first word. */
function isQuestion({ method }: http.ClientRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

function timedOut(): Error {
  return Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });
}
