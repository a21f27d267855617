import { engineRequest } from './engine-request.ts';

/** Stops every running container of the engine, each within the time that it asks for. */
export async function stopContainers(socketPath: string, patience: number): Promise<void> {
  const { body } = await engineRequest(socketPath, 'GET', '/containers/json', patience);
  const running = JSON.parse(body) as { Id: string }[];
  await Promise.all(
    running.map(({ Id }) => engineRequest(socketPath, 'POST', `/containers/${Id}/stop`, patience)),
  );
}
