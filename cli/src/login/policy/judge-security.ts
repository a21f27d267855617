import type { Config, Security } from '../../config/config.ts';
import type { Verdict } from './verdict.ts';

/** They bind a process to what it could do anyway. */
const harmless = ['core', 'cpu', 'data', 'fsize', 'rss', 'stack'];

/** As many open files as the engines of distributions give. */
const mostFiles = 1024 ** 2;

/** Judges every right beyond an ordinary process's: there is none. */
export function judgeSecurity({ security }: Config, verdict: Verdict): Security {
  if (security.privileged) verdict.deny('"privileged" gives all that root has on this host.');
  for (const name of security.capAdd) verdict.deny(`"cap_add" asks for ${name}.`);
  for (const { host } of security.devices) verdict.deny(`"devices" asks for ${host}.`);
  if (security.gpus !== undefined) verdict.deny('"gpus" asks for devices of this host.');
  for (const name of Object.keys(security.sysctls)) verdict.deny(`"sysctls" asks for ${name}.`);
  judgeOptions(security.securityOpt, verdict);
  return {
    capAdd: [],
    capDrop: ['ALL'],
    privileged: false,
    securityOpt: ['no-new-privileges'],
    devices: [],
    gpus: undefined,
    sysctls: {},
    ulimits: judgeUlimits(security.ulimits, verdict),
  };
}

function judgeOptions(options: string[], verdict: Verdict): void {
  for (const option of options) {
    if (option !== 'no-new-privileges') verdict.deny(`"security_opt" asks for ${option}.`);
  }
}

function judgeUlimits(ulimits: Security['ulimits'], verdict: Verdict): Security['ulimits'] {
  verdict.needs('resources', 'ulimits', ulimits.length > 0);
  for (const { name, hard, soft } of ulimits) {
    const isFew = name === 'nofile' && [hard, soft].every((n) => n >= 0 && n <= mostFiles);
    if (isFew || harmless.includes(name)) continue;
    const message =
      name === 'nofile'
        ? `"ulimits" asks for more than ${mostFiles} open files.`
        : `"ulimits" asks for ${name}, which counts for all that you run on this host.`;
    verdict.deny(message);
  }
  return ulimits;
}
