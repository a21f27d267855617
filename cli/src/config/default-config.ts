import type { Config, Project } from './config.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { HostFiles } from './host-files.ts';
import { makeConfig } from './make-config.ts';
import type { Tree } from './tree.ts';
import type { UserSettings } from './user-settings.ts';
import { quote } from './wording.ts';

interface Input {
  project: Project;
  settings: UserSettings & { image: string };
  /** The file those settings are from. */
  settingsFile: string;
  home: string;
  host: HostFiles;
}

/** The Config of a folder without a devenv file: the person's default image, and a word on it. */
export function defaultConfig({ settingsFile: file, ...input }: Input): {
  config: Config;
  diagnostics: Diagnostic[];
} {
  const start = { line: 1, column: 1 };
  const range = { start, end: start };
  const written: Tree = { kind: 'map', entries: new Map(), place: { file, range } };
  const { config, diagnostics } = makeConfig({ ...input, written, lookUp: () => undefined });
  const message = `No devenv.yaml here or above: using your default image ${quote(input.settings.image)}.`;
  const notice: Diagnostic = { severity: 'warning', code: 'default-image', message, file, range };
  return { config, diagnostics: [...diagnostics, notice] };
}
