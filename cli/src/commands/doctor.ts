import type { Check } from '../engine/doctor.ts';
import type { CommandFunction } from './context.ts';

/** Exit code 3 when no engine can be used, 1 when something else is broken, else 0. */
export const doctor: CommandFunction = async (context) => {
  const { diagnose } = await import('../engine/doctor.ts');
  const { discoveryInput, engineOwner } = await import('./engine-options.ts');
  const checks = await diagnose(await discoveryInput(context), engineOwner(context));
  await context.result({ checks: checks.map(checkResult) }, () => checks.map(checkText).join(''));
  const broken = checks.filter(({ status }) => status === 'fail');
  if (broken.some(({ name }) => name.startsWith('engine'))) return 3;
  return broken.length > 0 ? 1 : 0;
};

function checkResult({ name, status, message, hint, details }: Check): object {
  return { name, status, message, hint: hint ?? null, details: details ?? [] };
}

const signs = { ok: '✓', warn: '!', fail: '✗' } as const;

function checkText({ name, status, message, hint, details = [] }: Check): string {
  const lines = [`${signs[status]} ${name}: ${message}`, ...details.map((line) => `    ${line}`)];
  if (hint !== undefined) lines.push(`  → ${hint}`);
  return `${lines.join('\n')}\n`;
}
