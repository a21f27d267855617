import { suggest } from '../config/suggest.ts';
import type { DockerfileFacts } from './dockerfile.ts';

/** Arguments that every build has, declared or not: those of the Dockerfile reference. */
const predefined = /^(?:(?:https?|ftp|no|all)_proxy|BUILDKIT_.*|SOURCE_DATE_EPOCH)$/i;

/** A word on each argument that the devenv file gives and no ARG takes. */
export function unusedArguments(
  args: Record<string, string>,
  { knownArgs }: Pick<DockerfileFacts, 'knownArgs'>,
): string[] {
  const unused = Object.keys(args).filter(
    (name) => !knownArgs.includes(name) && !predefined.test(name),
  );
  return unused.map((name) => {
    const near = suggest(name, knownArgs);
    const meant = near === undefined ? '' : ` Did you mean ${near}?`;
    return `No ARG of the Dockerfile takes "${name}" of "build.args".${meant}`;
  });
}

/** What an image that cannot be had may have been meant for; undefined where it is clearly an image. */
export function noSuchStage(reference: string, stages: string[]): string | undefined {
  if (/[/:@.]/.test(reference)) return undefined;
  const near = suggest(reference.toLowerCase(), stages);
  if (near !== undefined)
    return `No stage before that line is named "${reference}". Did you mean "${near}"?`;
  if (stages.length === 0) return undefined;
  return `No stage before that line is named "${reference}": they are ${stages.join(', ')}.`;
}
