import type { Config, Project } from '../../config/config.ts';
import { isFatal, type Diagnostic } from '../../config/diagnostic.ts';
import type { FileProblem } from '../../config/host-files.ts';
import type { UserSettings } from '../../config/user-settings.ts';
import { DevenvError } from '../../errors.ts';
import { findProject, type Where } from './find-project.ts';
import { RecordedFiles, type Source } from './host-files.ts';
import { loadSettings, type LoadedSettings } from './load-settings.ts';

/** Bytes. Reading YAML takes 5 µs a byte at worst, and no one writes a devenv file this long. */
const mostBytes = 64 * 1024;

export interface LoadOptions extends Where {
  environment: NodeJS.ProcessEnv;
  /** The person's home on this host. */
  home: string;
  /** Settings where the person has none of their own: an administrator's. */
  defaults?: Pick<UserSettings, 'image' | 'home'>;
  /** The project, where it is known to have no file: none is looked for then. */
  project?: Project;
}

export interface Loaded {
  project: Project;
  /** undefined where there is an error among the diagnostics that is more than a build's. */
  config: Config | undefined;
  diagnostics: Diagnostic[];
  settings: UserSettings;
  /** Every file the outcome depends on, those that do not exist included. */
  sources: Source[];
  /** What the outcome depends on, by name: it stays the same until one of them changes. */
  consulted: { files: string[]; variables: string[] };
}

/**
 * Finds the project and reads its file, with devenv.local.yaml, .env and the person's settings.
 * Mistakes in files are diagnostics. Without a devenv file it is the person's default image;
 * without that, it fails with `project_not_found`.
 */
export async function load(options: LoadOptions): Promise<Loaded> {
  const files = new RecordedFiles();
  const { project, unseen } =
    options.project === undefined
      ? findProject(options, files)
      : { project: options.project, unseen: [] };
  const loaded = withDefaults(await loadSettings(options, files), options.defaults);
  const { settings } = loaded;
  const read = hasFile(project)
    ? await readFiles(project, options, settings, files)
    : await useDefaultImage(project, options, loaded, unseen, files);
  const diagnostics = [...read.diagnostics, ...loaded.diagnostics];
  const { sources } = files;
  return {
    project: read.config?.project ?? project,
    config: diagnostics.some(isFatal) ? undefined : read.config,
    diagnostics,
    settings,
    sources,
    consulted: { files: sources.map(({ path }) => path), variables: read.variables },
  };
}

function withDefaults(loaded: LoadedSettings, defaults: LoadOptions['defaults']): LoadedSettings {
  return { ...loaded, settings: { ...defaults, ...loaded.settings } };
}

/** The failure of a call that cannot go on with these mistakes. */
export function configInvalid(diagnostics: Diagnostic[]): DevenvError {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const files = [...new Set(errors.map(({ file }) => file))];
  return new DevenvError('config_invalid', `There are mistakes in ${files.join(' and ')}.`, {
    hint: 'Correct them and run the same command again; nothing was changed.',
    diagnostics,
  });
}

interface Read {
  config: Config | undefined;
  diagnostics: Diagnostic[];
  variables: string[];
}

type ProjectWithFile = Project & { file: string };

function hasFile(project: Project): project is ProjectWithFile {
  return project.file !== undefined;
}

async function readFiles(
  project: ProjectWithFile,
  { environment, home }: LoadOptions,
  settings: UserSettings,
  files: RecordedFiles,
): Promise<Read> {
  const content = files.read(project.file, mostBytes);
  const { overlay, diagnostics } = readOverlay(project.file, files);
  if ('problem' in content) {
    diagnostics.unshift(unusable(project.file, content));
    return { config: undefined, diagnostics, variables: [] };
  }
  const { parseConfig } = await import('../../config/parse-config.ts');
  const { text } = content;
  const parsed = parseConfig({ project, text, overlay, settings, environment, home, host: files });
  return { ...parsed, diagnostics: [...parsed.diagnostics, ...diagnostics] };
}

/** devenv.local.yaml beside devenv.yaml, devenv.test.local.yaml beside devenv.test.yaml. */
function readOverlay(
  beside: string,
  files: RecordedFiles,
): { overlay: { file: string; text: string } | undefined; diagnostics: Diagnostic[] } {
  const stem = beside.replace(/\.ya?ml$/, '');
  for (const file of [`${stem}.local.yaml`, `${stem}.local.yml`]) {
    if (files.isThere(file) === false) continue;
    const content = files.read(file, mostBytes);
    if ('text' in content) return { overlay: { file, text: content.text }, diagnostics: [] };
    return { overlay: undefined, diagnostics: [unusable(file, content)] };
  }
  return { overlay: undefined, diagnostics: [] };
}

function unusable(file: string, { problem, message }: FileProblem): Diagnostic {
  const start = { line: 1, column: 1 };
  return {
    severity: 'error',
    code: problem,
    message: `The file ${message}.`,
    file,
    range: { start, end: start },
  };
}

async function useDefaultImage(
  project: Project,
  { home }: LoadOptions,
  { settings, file, diagnostics: mistakes }: LoadedSettings,
  unseen: string[],
  files: RecordedFiles,
): Promise<Read> {
  const { image } = settings;
  if (image === undefined) {
    // A settings file with mistakes may well have named the image.
    if (mistakes.length > 0) return { config: undefined, diagnostics: [], variables: [] };
    const message = `There is no devenv.yaml in ${project.root} or a folder above it.`;
    throw new DevenvError('project_not_found', message, {
      hint: `Run "devenv init" to write one, or name a default "image" in ${file}.`,
      details: unseen.map((folder) => `${folder} may not be looked into by you.`),
    });
  }
  const { defaultConfig } = await import('../../config/default-config.ts');
  const input = {
    project,
    settings: { ...settings, image },
    settingsFile: file,
    home,
    host: files,
  };
  return { ...defaultConfig(input), variables: [] };
}
