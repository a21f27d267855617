import { join } from 'node:path';

/** The docker CLI's configuration folder. */
export function dockerConfigFolder(
  environment: Record<string, string | undefined>,
  home: string,
): string {
  return environment.DOCKER_CONFIG || join(home, '.docker');
}
