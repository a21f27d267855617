import { join } from 'node:path';
import type { ImageSource } from '../../cli/src/config/config.ts';

type BuildSource = Extract<ImageSource, { kind: 'build' }>;

/** A build of the Dockerfile in a folder, which is its context. */
export function buildSource(folder: string, changes: Partial<BuildSource> = {}): BuildSource {
  return {
    kind: 'build',
    dockerfile: join(folder, 'Dockerfile'),
    context: folder,
    target: undefined,
    args: {},
    secrets: [],
    cacheFrom: [],
    platform: undefined,
    registry: undefined,
    trustsHost: false,
    ...changes,
  };
}
