import type { Config, Confinement } from '../../config/config.ts';
import type { DecisionInput } from './decision-input.ts';
import { judgeImage } from './judge-image.ts';
import { judgeInside } from './judge-inside.ts';
import { judgeMounts } from './judge-mounts.ts';
import { judgePorts } from './judge-ports.ts';
import { judgeResources } from './judge-resources.ts';
import { judgeSecrets } from './judge-secrets.ts';
import { judgeSecurity } from './judge-security.ts';
import { judgeSource } from './judge-source.ts';
import { Verdict, type Denial } from './verdict.ts';

export type Decision = { allowed: Config; notices: string[] } | { denials: Denial[] };

/**
 * Decides what of a Config a person gets under a policy: a Config that holds no right which the
 * policy does not give, or everything that stands against it. Asking for less than the policy
 * gives is always granted, asking for more of a quantity gives as much as there is, asking for
 * any other thing is denied.
 */
export function decide(input: DecisionInput): Decision {
  const { policy, where, caller, config } = input;
  const verdict = new Verdict(policy.userMay, where);
  if (caller.uid === 0) verdict.deny('root has no workspace on this host.');
  judgeSource(input, verdict);
  judgeKeys(input, verdict);
  judgeInside(input, verdict);
  const network = networkMode(input);
  const allowed: Config = {
    project: { ...config.project, environment: loginEnvironment(config) },
    image: judgeImage(input, verdict),
    user: 'me',
    shell: config.shell,
    init: config.init,
    workspace: config.workspace,
    home: config.home,
    caches: config.caches,
    mounts: judgeMounts(input, verdict),
    environment: config.environment,
    secrets: judgeSecrets(input, verdict),
    ports: judgePorts(input, network, verdict),
    resources: judgeResources(input, verdict),
    security: judgeSecurity(config, verdict),
    network: {
      mode: network === 'none' ? 'none' : undefined,
      extraHosts: config.network.extraHosts,
      dns: config.network.dns,
    },
    hooks: config.hooks,
    tasks: config.tasks,
    // Nobody watches at a login.
    watch: [],
    forward: {
      sshAgent: policy.sshAgent && config.forward.sshAgent,
      gitCredentials: false,
      caCertificates: false,
      proxy: false,
    },
    idleStop: policy.idleStop,
    confinement: confine(input, network),
  };
  const { denials, notices } = verdict;
  return denials.length > 0 ? { denials } : { allowed, notices };
}

/** The keys that are allowed or not, whatever they say. */
function judgeKeys({ policy, config }: DecisionInput, verdict: Verdict): void {
  const { project, hooks, network } = config;
  if (config.user !== 'me') {
    verdict.deny(`"user" is ${config.user}: here everybody is who they are.`);
  }
  if (network.mode !== undefined && network.mode !== 'none') {
    verdict.deny(`"network_mode" is ${network.mode}: here it can only be none.`);
  }
  verdict.needs('shell', 'shell', config.shell !== undefined);
  verdict.needs('init', 'init', config.init !== 'devenv');
  verdict.needs('workspace', 'workspace', config.workspace !== project.root);
  verdict.needs('home', 'home', config.home !== policy.home);
  verdict.needs('caches', 'caches', config.caches.length > 0);
  verdict.needs('volumes', 'volumes', config.mounts.length > 0);
  verdict.needs('environment', 'environment', Object.keys(config.environment).length > 0);
  verdict.needs('secrets', 'secrets', Object.keys(config.secrets).length > 0);
  verdict.needs('ports', 'ports', config.ports.length > 0);
  verdict.needs('extra_hosts', 'extra_hosts', network.extraHosts.length > 0);
  verdict.needs('dns', 'dns', network.dns.length > 0);
  verdict.needs('hooks', 'hooks', Object.keys(hooks).length > 0);
}

function networkMode({ policy, config }: DecisionInput): Confinement['network'] {
  return config.network.mode === 'none' ? 'none' : policy.network.mode;
}

function confine({ policy }: DecisionInput, network: Confinement['network']): Confinement {
  const { pool, deny, hostPorts } = policy.network;
  const { log, disk } = policy.limits;
  return { network, pool, deny, hostPorts, logBytes: log, diskBytes: disk };
}

/** One that no file can have, so that no container of the ordinary door is ever taken for ours. */
function loginEnvironment({ project: { environment } }: Config): string {
  return environment === '' ? '@login' : `@login-${environment}`;
}
