import type { Person } from './person.ts';

/**
 * Has a person's devenv look into an image, so that their next `up` makes one container alone, and
 * every call to the engine is about that one.
 */
export async function knowImage(person: Person, image: string): Promise<void> {
  const cwd = await person.project('first', { 'devenv.yaml': `image: ${image}\n` });
  const { exitCode, stderr } = await person.run(['up'], { cwd });
  if (exitCode !== 0) throw new Error(stderr);
}
