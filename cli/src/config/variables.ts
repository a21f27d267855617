import type { Diagnostic } from './diagnostic.ts';
import type { HostFiles } from './host-files.ts';
import { parseEnvFile } from './parse-env-file.ts';
import type { LookUp } from './substitute.ts';

/** The variables a file may use: those of the environment, then those of .env beside the file. */
export class Variables {
  /** Every name that was asked for, set or not. */
  readonly consulted = new Set<string>();
  /** What is wrong with .env. The file may be another program's, so these are warnings. */
  readonly diagnostics: Diagnostic[] = [];
  private dotEnv: ReadonlyMap<string, string> | undefined;

  constructor(
    private readonly environment: Readonly<Record<string, string | undefined>>,
    private readonly file: string,
    private readonly host: HostFiles,
  ) {}

  readonly lookUp: LookUp = (name) => this.own(name) ?? this.fromFile(name);

  private own(name: string): string | undefined {
    this.consulted.add(name);
    return Object.hasOwn(this.environment, name) ? this.environment[name] : undefined;
  }

  private fromFile(name: string): string | undefined {
    this.dotEnv ??= this.readFile();
    return this.dotEnv.get(name);
  }

  private readFile(): ReadonlyMap<string, string> {
    // A folder of that name is mostly a Python environment.
    const kind = this.host.kind(this.file);
    if (kind === 'missing' || kind === 'folder') return new Map();
    const content = this.host.read(this.file);
    if ('problem' in content) {
      this.warn(1, `.env ${content.message}`);
      return new Map();
    }
    const { variables, problems } = parseEnvFile(content.text, (name) => this.own(name));
    for (const { line, message } of problems) this.warn(line, message);
    return variables;
  }

  private warn(line: number, message: string): void {
    const start = { line, column: 1 };
    const range = { start, end: start };
    const { file } = this;
    const hint = 'The other lines of .env are used.';
    this.diagnostics.push({
      severity: 'warning',
      code: 'bad-env-file',
      message,
      hint,
      file,
      range,
    });
  }
}
