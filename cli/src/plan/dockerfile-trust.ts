import { DockerfileParser } from 'dockerfile-ast';

/** Where the build's commands find the host's certificate authorities. */
const place = '/run/devenv/ca-certificates.crt';

/** Under which name the session offers them. */
export const trustSecret = 'devenv-ca-certificates';

const mount = `--mount=type=secret,id=${trustSecret},target=${place},mode=0444 `;

/** The title of a step as the person wrote it. */
export function withoutTrust(title: string): string {
  return title.replace(mount, '');
}

/** A Dockerfile that was changed on the way to the engine. */
export interface ChangedDockerfile {
  text: string;
  /** The line of the person's own file, for one of `text`. Both one-based. */
  originalLine(line: number): number;
}

/**
 * Makes the RUN commands of a Dockerfile trust the host's certificate authorities. Each sees them
 * as a mounted secret, which no layer holds, and an ARG in each stage names the file, which is no
 * part of the image's configuration.
 *
 * @param variables Names of what programs look at to find such a file.
 */
export function trustHost(text: string, variables: string[]): ChangedDockerfile {
  const lines = text.split('\n');
  /** Indexes of the lines behind which there is one more. */
  const longer: number[] = [];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    if (instruction.getKeyword() === 'RUN') {
      const { line, character } = instruction.getInstructionRange().end;
      const before = lines[line] ?? '';
      lines[line] = `${before.slice(0, character)} ${mount}${before.slice(character).trimStart()}`;
    }
    if (instruction.getKeyword() === 'FROM') longer.push(instruction.getRange().end.line);
  }
  const argument = `ARG ${variables.map((name) => `${name}=${place}`).join(' ')}`;
  return {
    text: lines
      .flatMap((line, index) => (longer.includes(index) ? [line, argument] : [line]))
      .join('\n'),
    originalLine: (line) => line - longer.filter((index, added) => index + added + 1 < line).length,
  };
}
