import type { HostFiles } from '../../cli/src/config/host-files.ts';
import { parseConfig, type ParseResult } from '../../cli/src/config/parse-config.ts';
import type { Diagnostic } from '../../cli/src/config/diagnostic.ts';
import type { Config } from '../../cli/src/config/config.ts';
import type { UserSettings } from '../../cli/src/config/user-settings.ts';

export interface Given {
  /** Text of devenv.local.yaml. */
  local?: string;
  environment?: Record<string, string>;
  settings?: UserSettings;
  /** Text by absolute path; a folder is a path that ends in a slash. */
  files?: Record<string, string>;
}

/** A host with nothing on it but the given files and the project's folder, /project. */
export function memoryHost(files: Record<string, string>): HostFiles {
  return {
    read: (path) =>
      Object.hasOwn(files, path)
        ? { text: files[path]! }
        : { problem: 'missing-file', message: 'does not exist' },
    kind: (path) => {
      if (path === '/project' || Object.hasOwn(files, `${path}/`)) return 'folder';
      return Object.hasOwn(files, path) ? 'file' : 'missing';
    },
  };
}

/** Parses the text as /project/devenv.yaml. */
export function parse(text: string, given: Given = {}): ParseResult {
  const { local, environment = {}, settings, files = {} } = given;
  return parseConfig({
    project: { root: '/project', file: '/project/devenv.yaml', name: 'project', environment: '' },
    text,
    overlay: local === undefined ? undefined : { file: '/project/devenv.local.yaml', text: local },
    environment,
    home: '/home/me',
    host: memoryHost(files),
    ...(settings && { settings }),
  });
}

/** The Config of a text that has nothing wrong with it. */
export function configOf(text: string, given?: Given): Config {
  const { config, diagnostics } = parse(text, given);
  if (config === undefined) throw new Error(diagnostics.map(line).join('\n'));
  return config;
}

/** `line:column code message`, one for each diagnostic. */
export function problems(text: string, given?: Given): string[] {
  return parse(text, given).diagnostics.map(line);
}

function line({ range, code, message, file }: Diagnostic): string {
  const name = file === '/project/devenv.yaml' ? '' : `${file.replace('/project/', '')}:`;
  return `${name}${range.start.line}:${range.start.column} ${code} ${message}`;
}
