import { DevenvError } from '../errors.ts';
import { validateConfig } from './policy/validate-config.ts';
import { longestDockerfile, type Reading } from './reading.ts';

/** More repositories than anybody chooses from, and longer words than anybody reads. */
const mostNames = 1_000;
const longestText = 64 * 1024;

/**
 * What the reader answered, once it is sure that it is of the shape it has to have: the reader has
 * the rights of its person, who may have made it say anything. Throws `denied`.
 */
export function validateReading(answer: unknown): Reading {
  if (!isRecord(answer)) throw misshapen();
  if ('names' in answer) return { names: names(answer.names) };
  if ('failure' in answer) return { failure: failure(answer.failure) };
  const { secrets, dockerfile, ...loaded } = answer;
  if (!isTextRecord(secrets) || !isDockerfile(dockerfile)) throw misshapen();
  const { config, source, warnings } = validateConfig(loaded);
  return { config, source, secrets, warnings, dockerfile };
}

/** Names of folders, which are put behind that of the folder they are in. */
function names(value: unknown): string[] {
  if (!Array.isArray(value) || value.length > mostNames) throw misshapen();
  const isName = (name: unknown): name is string =>
    typeof name === 'string' && name !== '' && name.length < 256 && !name.includes('/');
  if (!value.every(isName)) throw misshapen();
  return value;
}

function failure(value: unknown): Extract<Reading, { failure: object }>['failure'] {
  if (!isRecord(value)) throw misshapen();
  const { text, folder } = value;
  if (typeof text !== 'string' || text.length > longestText) throw misshapen();
  if (folder === undefined) return { text };
  if (typeof folder !== 'string' || folder.length > 4096) throw misshapen();
  return { text, folder };
}

function isDockerfile(value: unknown): value is string | undefined {
  const isShort = typeof value === 'string' && value.length <= longestDockerfile;
  return value === undefined || isShort;
}

function isTextRecord(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function misshapen(): DevenvError {
  return new DevenvError('denied', 'What was read of the repository is of no known shape.', {
    hint: 'Tell the administrator of this host; "devenv login install" may have to be run again.',
  });
}
