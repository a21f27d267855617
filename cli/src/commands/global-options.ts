import { progressStyles } from '../ui/progress-style.ts';
import type { OptionDefinition } from './command-definition.ts';

/** The options every command takes, before or after its name. */
export const globalOptions: OptionDefinition[] = [
  {
    flags: '-C, --directory <DIR>',
    summary: 'act as if started in DIR',
    complete: 'folder',
  },
  { flags: '-f, --file <FILE>', summary: 'use this devenv file', complete: 'file' },
  {
    flags: '-w, --workspace <WORKSPACE>',
    summary: 'use this workspace, by name or id, from anywhere',
    complete: 'workspace',
  },
  { flags: '--host <ADDRESS>', summary: 'use the engine at this address' },
  { flags: '--json', summary: 'print the result as JSON' },
  {
    flags: '--progress <STYLE>',
    summary: `show progress as ${progressStyles.join(', ')}`,
    complete: [...progressStyles],
  },
  { flags: '-y, --yes', summary: 'answer every question with yes' },
  { flags: '--dry-run', summary: 'print what would be done, and do nothing' },
];
