import type { PrivateEngineStatus } from '../engine/private-engine.ts';
import type { EngineFacts } from '../plan/world.ts';
import type { CommandFunction, Context } from './context.ts';
import { type EngineSearch, searchEngine } from './engine-search.ts';

/** Says which engine is used, and how devenv's own does. Exit code 3 when none answers. */
export const engineStatus: CommandFunction = async (context) => {
  const { discoveryInput } = await import('./engine-options.ts');
  const search = await searchEngine(await discoveryInput(context));
  const [facts, own] = await Promise.all([readFacts(search), readOwn(context)]);
  await context.result(statusResult(search, facts, own), () => statusText(search, facts, own));
  return search.found ? 0 : 3;
};

async function readFacts(search: EngineSearch): Promise<EngineFacts | undefined> {
  if (!search.found) return undefined;
  const { Docker } = await import('../engine/docker.ts');
  return new Docker(search.address).facts();
}

async function readOwn(context: Context): Promise<PrivateEngineStatus | undefined> {
  const { engineOwner } = await import('./engine-options.ts');
  const owner = engineOwner(context);
  if (owner.caller.platform !== 'linux') return undefined;
  const { privateEngineStatus } = await import('../engine/private-engine.ts');
  return privateEngineStatus(owner);
}

function statusResult(
  search: EngineSearch,
  facts: EngineFacts | undefined,
  own: PrivateEngineStatus | undefined,
): object {
  const engine =
    facts === undefined || !search.found
      ? null
      : {
          host: facts.host,
          via: search.via,
          kind: facts.kind,
          version: facts.version,
          apiVersion: facts.apiVersion,
          rootless: facts.rootless,
        };
  return { engine, own: own === undefined ? null : { ...own, pid: own.pid ?? null } };
}

function statusText(
  search: EngineSearch,
  facts: EngineFacts | undefined,
  own: PrivateEngineStatus | undefined,
): string {
  const engine = search.found
    ? [
        `Engine      ${facts?.kind} ${facts?.version}${facts?.rootless === true ? ', rootless' : ''}`,
        `Address     ${search.address.host} (${search.via})`,
      ]
    : [`Engine      ${search.failure.message}`, ...hintLine(search.failure.hint)];
  return [...engine, ...(own === undefined ? [] : [`Own engine  ${ownText(own)}`]), ''].join('\n');
}

function hintLine(hint: string | undefined): string[] {
  return hint === undefined ? [] : [`            ${hint}`];
}

function ownText({ running, pid, host, data }: PrivateEngineStatus): string {
  if (running) return `runs at ${host}, process ${pid ?? 'unknown'}, data in ${data}`;
  return pid === undefined ? 'does not run' : `process ${pid} does not answer at ${host}`;
}
