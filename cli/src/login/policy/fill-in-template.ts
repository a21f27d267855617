import { quote } from '../../config/wording.ts';
import type { Person } from './person.ts';

/**
 * Fills the person into a path or an address: `%u` the name, `%U` the uid, `%h` the home, `%%` a
 * percent sign. Gives what is wrong where another letter follows, or where the name of the person
 * would name another folder.
 */
export function fillInTemplate(
  written: string,
  person: Person,
): { text: string } | { problem: string } {
  const problems: string[] = [];
  const text = written.replace(/%(.?)/gsu, (found, letter: string) => {
    if (letter === 'u' && /^\.{0,2}$|[/\p{Cc}]/u.test(person.name)) {
      problems.push(`The name ${quote(person.name)} can be no part of a path.`);
    }
    const value = values(person)[letter];
    if (value === undefined) problems.push(`"${found}" has no meaning in ${quote(written)}.`);
    return value ?? '';
  });
  const [problem] = problems;
  return problem === undefined ? { text } : { problem };
}

/** Whether a template is about a person, so that it gives everybody something of their own. */
export function namesPerson(written: string): boolean {
  return /%[uUh]/.test(written.replaceAll('%%', ''));
}

function values({ name, uid, home }: Person): Record<string, string | undefined> {
  return { u: name, U: String(uid), h: home.replace(/\/+$/, '') || '/', '%': '%' };
}
