import { resolve } from 'node:path';
import type { SecretSource } from './config.ts';
import type { Draft } from './draft.ts';
import { readSimpleCommand } from './read-command.ts';
import { toRecord } from './to-record.ts';

/** Where each secret comes from. Their values are read when a session needs them, never here. */
export function readSecrets(draft: Draft): Record<string, SecretSource> {
  const entries = Object.entries(draft.file.secrets ?? {}).flatMap(([name, written]) => {
    const source = readSecret(draft, name, written);
    return source === undefined ? [] : [[name, source] as const];
  });
  return toRecord(entries);
}

function readSecret(
  draft: Draft,
  name: string,
  written: NonNullable<Draft['file']['secrets']>[string],
): SecretSource | undefined {
  const { environment, file, command } = written;
  const path = ['secrets', name];
  const given = [environment, file, command].filter((source) => source !== undefined);
  if (given.length !== 1) {
    // With a source of the wrong shape, that has been told already.
    const sources = ['environment', 'file', 'command'].filter((key) => draft.has(...path, key));
    if (sources.length !== 1) {
      const message = `The secret "${name}" needs exactly one of environment, file and command.`;
      draft.keyError(given.length > 1 ? 'contradiction' : 'missing-key', path, message);
    }
    return undefined;
  }
  if (environment !== undefined) return { from: 'environment', name: environment };
  if (command !== undefined) {
    refuseForeignCommand(draft, [...path, 'command']);
    const read = readSimpleCommand(draft, command, [...path, 'command']);
    return { from: 'command', command: read };
  }
  return { from: 'file', path: readSecretFile(draft, file ?? '', [...path, 'file']) };
}

/** It runs on the host, which no repository may make anybody do by being cloned. */
function refuseForeignCommand(draft: Draft, path: string[]): void {
  if (draft.fileOf(path) !== draft.project.file) return;
  draft.keyError(
    'host-command',
    path,
    'A command for a secret runs on the host, so it may stand only in a file of your own.',
    'Write it into devenv.local.yaml beside this file.',
  );
}

function readSecretFile(draft: Draft, written: string, path: string[]): string {
  const inHome = /^~[\\/]/.test(written);
  const file = inHome
    ? resolve(draft.home, written.slice(2))
    : resolve(draft.project.root, written);
  const kind = draft.host.kind(file);
  if (kind === 'missing') {
    draft.error('missing-file', path, `${draft.quoted(path)} does not exist.`);
  } else if (kind === 'folder') {
    draft.error('not-a-file', path, `${draft.quoted(path)} is a folder.`);
  }
  return file;
}
