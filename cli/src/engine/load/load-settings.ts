import { join } from 'node:path';
import type { Diagnostic } from '../../config/diagnostic.ts';
import type { UserSettings } from '../../config/user-settings.ts';
import { RecordedFiles } from './host-files.ts';
import { configFolder } from '../host/paths.ts';

export interface LoadedSettings {
  settings: UserSettings;
  /** Where they are, or would be. */
  file: string;
  diagnostics: Diagnostic[];
}

/** Reads the person's own settings, config.yaml in their configuration folder. */
export async function loadSettings(
  { environment, home }: { environment: NodeJS.ProcessEnv; home: string },
  files = new RecordedFiles(),
): Promise<LoadedSettings> {
  const file = join(configFolder(environment, home, process.platform), 'config.yaml');
  const content = files.read(file);
  if ('text' in content) {
    const { parseUserSettings } = await import('../../config/user-settings.ts');
    return { file, ...parseUserSettings(file, content.text) };
  }
  if (content.problem === 'missing-file') return { settings: {}, file, diagnostics: [] };
  const start = { line: 1, column: 1 };
  const message = `Your settings cannot be used: the file ${content.message}.`;
  const range = { start, end: start };
  const diagnostic: Diagnostic = {
    severity: 'error',
    code: content.problem,
    message,
    file,
    range,
  };
  return { settings: {}, file, diagnostics: [diagnostic] };
}
