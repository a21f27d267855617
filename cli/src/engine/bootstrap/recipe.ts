import type { Ingredients } from './ingredients.ts';
import type { BaseImage } from './parse-reference.ts';

/** Everything a bootstrap program needs to know. */
export interface Recipe {
  image: BaseImage;
  ingredients: Ingredients;
  /** A temporary folder, removed afterwards. */
  folder: string;
  /** The finishing script, to be run with the root file system as its argument. */
  script: string;
  signal: AbortSignal;
  onLine: (line: string) => void;
}
