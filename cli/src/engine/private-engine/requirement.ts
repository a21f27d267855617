/** Something a private engine needs and this machine lacks. */
export interface Requirement {
  /** As a sentence without a full stop: `dockerd is not installed`. */
  lack: string;
  /** Debian's and Ubuntu's packages that bring it. */
  packages: string[];
  /** What root has to run beside that. */
  commands: [string, ...string[]][];
}

/** A program that is missing, and the package that has it. */
export function missingProgram(program: string, ...packages: string[]): Requirement {
  return { lack: `${program} is not installed`, packages, commands: [] };
}
