import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { DevenvError } from '../../errors.ts';
import { programPath } from '../host/find-program.ts';
import { runProgram } from '../host/run-program.ts';
import { chooseSubnet } from './subnet.ts';

/**
 * The network of a root engine. A second dockerd with the usual settings would share docker0 and
 * give its addresses out again, and would empty the first one's iptables chains when it starts.
 * So a private engine gets a bridge and a range of its own, and never touches iptables: three
 * rules for the whole range, made here, take its containers to the outside. Published ports go
 * through docker-proxy.
 */
export interface EngineNetwork {
  bridge: string;
  /** `10.213`: the engine has 10.213.0.0/16. */
  prefix: string;
}

interface Tools {
  environment: Record<string, string | undefined>;
  signal: AbortSignal;
}

type Command = [string, ...string[]];

/** The network of the engine with this data folder: chosen once, kept in `file`. */
export async function engineNetwork(data: string, file: string): Promise<EngineNetwork> {
  const bridge = `devenv-${createHash('sha256').update(data).digest('hex').slice(0, 6)}`;
  const known = await readPrefix(file);
  if (known !== undefined) return { bridge, prefix: known };
  // User-defined networks keep their addresses in the data folder, so the range has to last.
  const prefix = chooseSubnet(data, await readFile('/proc/net/route', 'utf8'));
  await writeFile(file, `${JSON.stringify({ prefix })}\n`);
  return { bridge, prefix };
}

/** Makes the bridge and the rules, as far as they are missing. Needs root. */
export async function setUpNetwork(network: EngineNetwork, tools: Tools): Promise<void> {
  const { bridge, prefix } = network;
  if (!(await succeeds(['ip', 'link', 'show', bridge], tools))) {
    await must(['ip', 'link', 'add', bridge, 'type', 'bridge'], tools);
  }
  await must(['ip', 'address', 'replace', `${prefix}.0.1/24`, 'dev', bridge], tools);
  await must(['ip', 'link', 'set', bridge, 'up'], tools);
  for (const { table, rule } of rules(network)) {
    if (await succeeds(['iptables', '-w', '-t', table, '-C', ...rule], tools)) continue;
    const [chain, ...rest] = rule;
    // Before the rules of others, who may drop what they do not know.
    await must(['iptables', '-w', '-t', table, '-I', chain, '1', ...rest], tools);
  }
  await writeFile('/proc/sys/net/ipv4/ip_forward', '1');
}

/** Takes away what setUpNetwork made and the bridges of the engine's other networks. */
export async function tearDownNetwork(network: EngineNetwork, tools: Tools): Promise<void> {
  for (const { table, rule } of rules(network)) {
    const exists = await succeeds(['iptables', '-w', '-t', table, '-C', ...rule], tools);
    if (exists) await must(['iptables', '-w', '-t', table, '-D', ...rule], tools);
  }
  for (const name of await bridgesWithin(network, tools)) {
    await must(['ip', 'link', 'delete', name], tools);
  }
}

function rules({ prefix, bridge }: EngineNetwork): { table: string; rule: Command }[] {
  const range = `${prefix}.0.0/16`;
  const mark = ['-m', 'comment', '--comment', bridge];
  const answers = ['-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED'];
  return [
    {
      table: 'nat',
      rule: ['POSTROUTING', '-s', range, '!', '-d', range, ...mark, '-j', 'MASQUERADE'],
    },
    { table: 'filter', rule: ['FORWARD', '-d', range, ...answers, ...mark, '-j', 'ACCEPT'] },
    { table: 'filter', rule: ['FORWARD', '-s', range, ...mark, '-j', 'ACCEPT'] },
  ];
}

async function bridgesWithin({ prefix }: EngineNetwork, tools: Tools): Promise<string[]> {
  const filter = ['to', `${prefix}.0.0/16`, 'type', 'bridge'];
  const { stdout } = await run(['ip', '-o', '-4', 'address', 'show', ...filter], tools);
  // `8: devenv-1a2b3c    inet 10.213.0.1/24 …`
  return stdout.split('\n').flatMap((line) => /^\d+: ([^\s@]+)/.exec(line)?.[1] ?? []);
}

async function readPrefix(file: string): Promise<string | undefined> {
  try {
    const { prefix } = JSON.parse(await readFile(file, 'utf8')) as { prefix?: unknown };
    return typeof prefix === 'string' && /^10\.\d+$/.test(prefix) ? prefix : undefined;
  } catch {
    return undefined;
  }
}

async function succeeds(command: Command, tools: Tools): Promise<boolean> {
  return (await run(command, tools)).exitCode === 0;
}

async function must(command: Command, tools: Tools): Promise<void> {
  const { exitCode, tail } = await run(command, tools);
  if (exitCode === 0) return;
  throw new DevenvError(
    'engine_start_failed',
    `The network of devenv’s engine could not be changed: "${command.join(' ')}" failed.`,
    { hint: 'This needs root with the right to change networks (CAP_NET_ADMIN).', details: tail },
  );
}

function run(command: Command, { environment, signal }: Tools): ReturnType<typeof runProgram> {
  return runProgram(command, {
    environment: { ...environment, PATH: programPath(environment) },
    signal,
  });
}
