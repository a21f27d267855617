import type { Docker } from '../../cli/src/engine/docker.ts';
import { builtImage } from './built-image.ts';

/**
 * The reference of an image that keeps the contract of phusion/baseimage, made from Debian's
 * packages: for engines that can reach no image registry. See baseimage/Dockerfile.
 */
export function baseimageStandIn(docker?: Docker): Promise<string> {
  return builtImage('baseimage', new URL('baseimage/', import.meta.url), docker);
}
