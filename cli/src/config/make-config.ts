import type { DevenvFile } from 'devenv-schemas/generated/devenv-file.js';
import { validateDevenvFile } from 'devenv-schemas/generated/validate.js';
import { checkShape } from './check-shape.ts';
import type { Config, Project } from './config.ts';
import type { Diagnostic } from './diagnostic.ts';
import { Draft } from './draft.ts';
import type { HostFiles } from './host-files.ts';
import { normalize } from './normalize.ts';
import { rules } from './rules.ts';
import type { LookUp } from './substitute.ts';
import type { Tree } from './tree.ts';
import { toPlain } from './tree.ts';
import type { UserSettings } from './user-settings.ts';

interface Input {
  /** Variables filled in, the overlay merged. */
  written: Tree;
  project: Project;
  settings: UserSettings;
  home: string;
  host: HostFiles;
  lookUp: LookUp;
}

/** Checks the content of a file in every way and normalizes it. With errors, the Config is void. */
export function makeConfig(input: Input): { config: Config; diagnostics: Diagnostic[] } {
  const { sound, diagnostics } = checkShape(input.written, validateDevenvFile);
  const draft = new Draft({ ...input, sound, file: toPlain(sound) as DevenvFile });
  for (const rule of rules) rule(draft);
  const config = normalize(draft);
  return { config, diagnostics: [...diagnostics, ...draft.diagnostics] };
}
