import type { PolicyFile } from 'devenv-schemas/generated/policy-file.js';
import { stringify } from 'yaml';
import { quote } from '../../config/wording.ts';
import { parseIni, type IniEntry, type IniSection } from './parse-ini.ts';
import { translateDockersh } from './translate-dockersh.ts';

/**
 * Turns a configuration of dockersh into the text of a policy. What has no place in a policy, and
 * what means something else there, stands in comments at its top. Throws `config_invalid` where it
 * is not INI.
 *
 * @param file What to call it in messages.
 */
export function importDockersh(text: string, file: string): string {
  const sections = parseIni(text, file);
  const general = translateDockersh(entriesOf(sections, isGeneral));
  const people = [...new Set(sections.flatMap((section) => personOf(section) ?? []))];
  const overrides = people.map((person) => {
    const entries = entriesOf(sections, (section) => personOf(section) === person);
    return { person, ...translateDockersh(entries, general.asked) };
  });
  const notes = [
    ...general.notes,
    ...overrides.flatMap(({ person, notes }) =>
      notes.map((note) => `[user ${quote(person)}] ${note}`),
    ),
    ...unknownSections(sections),
  ];
  const changes = overrides
    .filter(({ set }) => Object.keys(set).length > 0)
    .map(({ person, set }) => ({ match: { user: person }, set }));
  const policy: PolicyFile = {
    ...general.set,
    ...(changes.length === 0 ? {} : { overrides: changes }),
  };
  return `${comments(file, notes)}${stringify(policy, { lineWidth: 0 })}`;
}

function isGeneral({ name, of }: IniSection): boolean {
  return name === 'dockersh' && of === undefined;
}

function personOf({ name, of }: IniSection): string | undefined {
  return name === 'user' && of !== '' ? of : undefined;
}

function entriesOf(sections: IniSection[], isMeant: (section: IniSection) => boolean): IniEntry[] {
  return sections.filter(isMeant).flatMap(({ entries }) => entries);
}

function unknownSections(sections: IniSection[]): string[] {
  return sections
    .filter((section) => !isGeneral(section) && personOf(section) === undefined)
    .map(({ name, line }) => `[${name}] in line ${line}: dockersh knows no such section.`);
}

function comments(file: string, notes: string[]): string {
  const lines = [
    `A policy of devenv, made from ${quote(file)}, a configuration of dockersh.`,
    'What is not here is as "devenv login install" has it; read it before you use it.',
    ...(notes.length === 0 ? [] : ['', 'Not taken over as it was:', ...notes]),
  ];
  return `${lines.map((line) => `# ${line}`.trimEnd()).join('\n')}\n\n`;
}
