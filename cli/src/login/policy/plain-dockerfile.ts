import { argumentDefaults, expandVariables } from '../../plan/dockerfile-arguments.ts';
import { DockerfileParser } from 'dockerfile-ast';
import { judgeInstruction } from './dockerfile-instruction.ts';

/** A Dockerfile that can be read in one way only, and what it asks for. */
export interface PlainDockerfile {
  /** One line for each instruction, each at the line where it begins in the original. */
  text: string;
  /** The images that it names, in FROM and COPY --from. */
  images: { reference: string; line: number }[];
  /** What cannot be built behind the login shell. */
  problems: { line: number; message: string }[];
}

/**
 * Writes a Dockerfile anew so that no two readers can see different instructions in it: without
 * comments and continued lines, with the images' names in full. What is judged is then what is
 * built, however the engine reads what the person has written.
 */
export function plainDockerfile(text: string, args: Record<string, string>): PlainDockerfile {
  const { lines, problems } = joinLines(text);
  const images: PlainDockerfile['images'] = [];
  const stages: string[] = [];
  const written: string[] = [];
  let values: Record<string, string | undefined> | undefined;
  for (const { number, text: line } of lines) {
    const [, word = '', rest = ''] = /^([A-Za-z]+)(?:[ \t]+(.*))?$/.exec(line) ?? [];
    const keyword = word.toUpperCase();
    if (keyword === 'FROM') values ??= globalArguments(written, args);
    const instruction = judgeInstruction(keyword, rest, {
      stages,
      expand: (name) => expandVariables(name, values ?? {}),
    });
    if ('problem' in instruction) problems.push({ line: number, message: instruction.problem });
    else {
      const { image, stage, text: plain } = instruction;
      if (image !== undefined) images.push({ reference: image, line: number });
      if (stage !== undefined) stages.push(stage);
      while (written.length < number - 1) written.push('');
      written.push(`${keyword} ${plain}`.trimEnd());
    }
  }
  return { text: `${written.join('\n')}\n`, images, problems };
}

/** What FROM may refer to: the ARGs before the first one. */
function globalArguments(written: string[], args: Record<string, string>) {
  const preamble = DockerfileParser.parse(written.join('\n')).getInstructions();
  const defaults = argumentDefaults(preamble);
  const given = Object.entries(args).filter(([name]) => Object.hasOwn(defaults, name));
  return { ...defaults, ...Object.fromEntries(given) };
}

interface Line {
  /** One-based, of the line where it begins. */
  number: number;
  text: string;
}

/** More than anybody writes; the engine takes no longer line either. */
const longestLine = 60 * 1024;

/** The instructions, each in one line, as the engine puts them together. */
function joinLines(text: string): { lines: Line[]; problems: PlainDockerfile['problems'] } {
  const lines: Line[] = [];
  const problems: PlainDockerfile['problems'] = [];
  let open: Line | undefined;
  for (const [index, physical] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const number = index + 1;
    const line = physical.replace(/\r$/, '');
    const problem = lineProblem(line);
    if (problem !== undefined) problems.push({ line: number, message: problem });
    if (/^\s*(#|$)/.test(line)) continue;
    open ??= { number, text: '' };
    const continued = /\\[ \t]*$/.test(line);
    open.text += continued ? line.replace(/\\[ \t]*$/, '') : line;
    if (continued) continue;
    lines.push(open);
    open = undefined;
  }
  if (open !== undefined) lines.push(open);
  for (const line of lines) {
    line.text = line.text.trim();
    const { number, text: whole } = line;
    if (whole.length > longestLine) problems.push({ line: number, message: 'It is too long.' });
    if (whole.endsWith('\\')) {
      problems.push({ line: number, message: 'It ends in the middle, with a backslash.' });
    }
  }
  return { lines: lines.filter((line) => line.text !== ''), problems };
}

function lineProblem(line: string): string | undefined {
  if (/^\s*#\s*escape\s*=/i.test(line)) return '"# escape=" is not understood here: use \\.';
  // Readers differ in what they take for the end of a line, or for a blank.
  return /[^\t\P{Cc}]|[\u2028\u2029\p{Surrogate}\uFFFD]/u.test(line)
    ? 'It has characters that no text has.'
    : undefined;
}
