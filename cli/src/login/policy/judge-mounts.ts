import type { Mount } from '../../config/config.ts';
import type { DecisionInput } from './decision-input.ts';
import type { Policy } from './policy.ts';
import { reservedPath } from './reserved-path.ts';
import type { Verdict } from './verdict.ts';
import { within } from './within.ts';

/** Judges what is mounted of the host and of volumes; gives the mounts as they are allowed. */
export function judgeMounts(input: DecisionInput, verdict: Verdict): Mount[] {
  judgeHome(input, verdict);
  return input.config.mounts.map((mount) => {
    if (mount.type === 'bind') return judgeBind(mount, input, verdict);
    if (mount.type === 'tmpfs' || mount.source === '') return { ...mount, source: '' };
    // Other people's volumes have names, too.
    return { ...mount, source: `devenv-uid${input.caller.uid}-${mount.source}` };
  });
}

function judgeHome({ config, policy, caller, places }: DecisionInput, verdict: Verdict): void {
  if (config.home !== 'host') return;
  const facts = places.get(caller.home);
  const reserved = reservedPath(caller.home, policy.engine);
  if (reserved !== undefined) {
    verdict.deny(`Your home folder ${caller.home} cannot be mounted: ${reserved}.`);
  } else if (facts === undefined || facts.realPath !== caller.home) {
    verdict.deny(`Your home folder ${caller.home} is not where it seems to be.`);
  } else if (facts.problem !== undefined) {
    verdict.deny(`Your home folder ${caller.home} ${facts.problem}.`);
  } else if (policy.home !== 'host' && !isIn(caller.home, policy.repositories.roots)) {
    const message = `Your home folder ${caller.home} is not among what may be mounted.`;
    verdict.deny(message, 'repositories.roots');
  }
}

function judgeBind(mount: Mount, input: DecisionInput, verdict: Verdict): Mount {
  const { policy, places } = input;
  const facts = places.get(mount.source);
  if (facts === undefined) {
    verdict.deny(`${mount.source} cannot be mounted: nobody has looked at it.`);
    return mount;
  }
  const { realPath, problem } = facts;
  const name = realPath === mount.source ? realPath : `${mount.source}, which is ${realPath},`;
  const reserved = [mount.source, realPath]
    .map((path) => reservedPath(path, policy.engine))
    .find((reason) => reason !== undefined);
  if (reserved !== undefined) {
    verdict.deny(`${name} cannot be mounted: ${reserved}.`);
    return mount;
  }
  const allowed = innermost(realPath, policy.mounts);
  if (allowed !== undefined) return underPolicy({ ...mount, source: realPath }, allowed, verdict);
  if (!isOwn(realPath, input)) {
    verdict.deny(`${name} is not among what may be mounted.`, 'mounts');
  } else if (problem !== undefined) {
    verdict.deny(`${name} cannot be mounted: it ${problem}.`, 'repositories.roots');
  }
  return { ...mount, source: realPath };
}

/** Of the folders the policy allows, the one that says most about a path. */
function innermost(path: string, mounts: Policy['mounts']): Policy['mounts'][number] | undefined {
  return mounts
    .filter((allowed) => within(path, allowed.path))
    .sort((one, other) => other.path.length - one.path.length)[0];
}

function underPolicy(
  mount: Mount,
  { path, readOnly }: Policy['mounts'][number],
  verdict: Verdict,
): Mount {
  if (!readOnly || mount.readOnly) return mount;
  verdict.notice(`${mount.source} can only be read: of ${path} nothing can be written.`, 'mounts');
  return { ...mount, readOnly: true };
}

function isOwn(path: string, { policy, config, source }: DecisionInput): boolean {
  return isIn(path, [config.project.root, source.mount, ...policy.repositories.roots]);
}

function isIn(path: string, folders: string[]): boolean {
  return folders.some((folder) => within(path, folder));
}
