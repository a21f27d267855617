import { resolveSecrets } from './secrets.ts';

/** Gives the values of a project's secrets: read when first asked for, then always the same. */
export type ReadSecrets = () => Promise<Record<string, string>>;

/** For one call of devenv, so that a command that asks the person for a password does it once. */
export function readSecretsOnce(...project: Parameters<typeof resolveSecrets>): ReadSecrets {
  let values: ReturnType<typeof resolveSecrets> | undefined;
  return () => (values ??= resolveSecrets(...project));
}
