import type { CommandFunction } from './context.ts';

/** Stops devenv's own engine; one that does not run is stopped already. */
export const engineStop: CommandFunction = async (context) => {
  const { engineOwner } = await import('./engine-options.ts');
  const { privateEngineStatus, stopPrivateEngine } = await import('../engine/private-engine.ts');
  const owner = engineOwner(context);
  const notRunning = 'devenv’s own engine does not run.\n';
  if (context.options.dryRun) {
    const { pid, host } = await privateEngineStatus(owner);
    await context.result({ stopped: false }, () =>
      pid === undefined ? notRunning : `Would stop the engine at ${host}.\n`,
    );
    return 0;
  }
  const stopped = await context.work((tools) => stopPrivateEngine(owner, tools));
  await context.result({ stopped }, () =>
    stopped ? 'The engine has stopped; its images and containers are kept.\n' : notRunning,
  );
  return 0;
};
