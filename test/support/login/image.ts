import { builtImage } from '../built-image.ts';

/** The reference of the image that people of a shared host work in: see image/Dockerfile. */
export function loginImage(): Promise<string> {
  return builtImage('login', new URL('image/', import.meta.url));
}
