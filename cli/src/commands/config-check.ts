import picocolors from 'picocolors';
import type { Diagnostic } from '../config/diagnostic.ts';
import { renderDiagnostic } from '../ui/diagnostic-text.ts';
import { wantsColor } from '../ui/output.ts';
import { readSourceLine } from '../ui/source-excerpt.ts';
import type { CommandFunction, Context } from './context.ts';
import { loadDiagnosed } from './load-config.ts';

export const configCheck: CommandFunction = async (context) => {
  const { config, diagnostics } = await loadDiagnosed(context);
  const valid = config !== undefined && diagnostics.every(({ severity }) => severity !== 'error');
  await context.result({ valid, file: config?.project.file ?? null, diagnostics }, () =>
    checkText(context, diagnostics, config?.project.file),
  );
  return valid ? 0 : 2;
};

function checkText(context: Context, diagnostics: Diagnostic[], file: string | undefined): string {
  const { cwd, stdout, environment } = context;
  const colors = picocolors.createColors(wantsColor(stdout, environment));
  const lines = diagnostics.map((diagnostic) =>
    renderDiagnostic(diagnostic, { cwd, colors, readLine: readSourceLine }),
  );
  if (lines.length === 0) lines.push(`${file ?? 'The default configuration'} is fine.`);
  return `${lines.join('\n')}\n`;
}
