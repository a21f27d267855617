import { resolve } from 'node:path';
import type { Draft } from './draft.ts';
import { parseEnvFile } from './parse-env-file.ts';
import { toRecord } from './to-record.ts';
import type { Path } from './tree.ts';

/** The container's variables: those of the env files, later ones winning, then `environment`. */
export function readEnvironment(draft: Draft): Record<string, string> {
  const variables = new Map<string, string>();
  const { env_file: files = [] } = draft.file;
  for (const [index, written] of [files].flat().entries()) {
    const entry: Path = Array.isArray(files) ? ['env_file', index] : ['env_file'];
    const long = typeof written === 'object';
    const path = long ? [...entry, 'path'] : entry;
    readEnvFile(draft, path, long ? (written.required ?? true) : true, variables);
  }
  for (const [name, value] of readVariables(draft, ['environment'], draft.file.environment)) {
    variables.set(name, value);
  }
  return toRecord(variables);
}

/** A map of variables; one without a value takes it from the caller's environment, if set there. */
export function readVariables(
  draft: Draft,
  path: Path,
  written: Draft['file']['environment'] = {},
): [string, string][] {
  return Object.entries(written).flatMap(([name, value]) => {
    const text = value === null ? draft.lookUp(name) : draft.text([...path, name]);
    return text === undefined ? [] : [[name, text] as [string, string]];
  });
}

function readEnvFile(
  draft: Draft,
  path: Path,
  required: boolean,
  variables: Map<string, string>,
): void {
  const content = draft.host.read(resolve(draft.project.root, draft.text(path)));
  if ('problem' in content) {
    if (content.problem === 'missing-file' && !required) return;
    draft.error(content.problem, path, `${draft.quoted(path)} ${content.message}.`);
    return;
  }
  const { variables: found, problems } = parseEnvFile(content.text, draft.lookUp);
  for (const { line, message } of problems) {
    draft.error('bad-env-file', path, `${draft.quoted(path)}, line ${line}: ${message}.`);
  }
  for (const [name, value] of found) variables.set(name, value);
}
