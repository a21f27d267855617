import type { UserFile } from 'devenv-schemas/generated/user-file.js';
import { validateUserFile } from 'devenv-schemas/generated/validate.js';
import { checkShape } from './check-shape.ts';
import type { Config } from './config.ts';
import type { Diagnostic } from './diagnostic.ts';
import { checkImageReference } from './image-reference.ts';
import { readMap } from './read-map.ts';
import { placeOf, toPlain } from './tree.ts';
import { quote } from './wording.ts';

/** What a person has set for all projects; each setting stands until a devenv file says otherwise. */
export interface UserSettings extends UserFile {
  /** Only a policy sets it, for those who come in by the login shell. */
  home?: Config['home'];
}

/** Reads the person's own settings. With a mistake in it, the rest of the file still counts. */
export function parseUserSettings(
  file: string,
  text: string,
): { settings: UserSettings; diagnostics: Diagnostic[] } {
  const { tree, diagnostics } = readMap(file, text);
  if (tree === undefined) return { settings: {}, diagnostics };
  const { sound, diagnostics: misshapen } = checkShape(tree, validateUserFile);
  diagnostics.push(...misshapen);
  const settings = toPlain(sound) as UserSettings;
  const problem = settings.image === undefined ? undefined : checkImageReference(settings.image);
  if (problem !== undefined) {
    const message = `"image" is not an image reference: ${quote(settings.image ?? '')}`;
    const { range } = placeOf(sound, ['image']);
    diagnostics.push({ severity: 'error', code: 'bad-value', message, hint: problem, file, range });
  }
  return { settings, diagnostics };
}
