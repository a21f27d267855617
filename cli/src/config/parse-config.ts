import { join } from 'node:path';
import type { Config, Project } from './config.ts';
import { isFatal, type Diagnostic } from './diagnostic.ts';
import { fillIn } from './fill-in.ts';
import type { HostFiles } from './host-files.ts';
import { listsToMaps } from './lists-to-maps.ts';
import { makeConfig } from './make-config.ts';
import { mergeTrees } from './merge-trees.ts';
import { otherTool } from './other-tool.ts';
import { readMap } from './read-map.ts';
import { tidyDiagnostics } from './tidy-diagnostics.ts';
import type { Tree } from './tree.ts';
import type { UserSettings } from './user-settings.ts';
import { Variables } from './variables.ts';

export interface ParseInput {
  /** Its name is the one to use where the file gives none. */
  project: Project & { file: string };
  text: string;
  /** The person's own file beside it, which is merged over it. */
  overlay?: { file: string; text: string } | undefined;
  settings?: UserSettings;
  environment: Readonly<Record<string, string | undefined>>;
  /** The person's home on this host. */
  home: string;
  host: HostFiles;
}

export interface ParseResult {
  /** undefined where there is an error among the diagnostics that is more than a build's. */
  config: Config | undefined;
  /** By file and position. */
  diagnostics: Diagnostic[];
  /** The variables whose values, or absence, the Config depends on. */
  variables: string[];
}

/** Turns the text of a devenv file into a Config, or into everything that is wrong with it. */
export function parseConfig(input: ParseInput): ParseResult {
  const { project, environment, host } = input;
  const variables = new Variables(environment, join(project.root, '.env'), host);
  const base = readMap(project.file, input.text);
  const overlay = input.overlay && readMap(input.overlay.file, input.overlay.text);
  const diagnostics = [...base.diagnostics, ...(overlay?.diagnostics ?? [])];
  const finish = (config: Config | undefined): ParseResult => {
    const tidied = tidyDiagnostics([...diagnostics, ...variables.diagnostics], project.file);
    const isWrong = tidied.some(isFatal);
    const consulted = [...variables.consulted].sort();
    return { config: isWrong ? undefined : config, diagnostics: tidied, variables: consulted };
  };

  const foreign = otherTool(project, base.tree, host);
  if (foreign !== undefined) {
    diagnostics.splice(0, Infinity, foreign);
    return finish(undefined);
  }
  if (base.tree === undefined) {
    if (base.diagnostics.length === 0) diagnostics.push(emptyFile(project.file));
    return finish(undefined);
  }

  const [below, above] = [base.tree, overlay?.tree].map(
    (tree) => tree && listsToMaps(fillIn(tree, variables.lookUp, diagnostics), diagnostics),
  ) as [Tree, Tree | undefined];
  const written = above === undefined ? below : mergeTrees(below, above);
  const { settings = {} } = input;
  const made = makeConfig({ ...input, settings, written, lookUp: variables.lookUp });
  diagnostics.push(...made.diagnostics);
  return finish(made.config);
}

function emptyFile(file: string): Diagnostic {
  const start = { line: 1, column: 1 };
  return {
    severity: 'error',
    code: 'empty-file',
    message: 'The file is empty.',
    hint: 'The least it can say is the image: "image: debian:bookworm".',
    file,
    range: { start, end: start },
  };
}
