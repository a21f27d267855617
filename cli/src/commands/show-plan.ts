import { describeAction } from '../plan/describe.ts';
import type { Intent, Plan } from '../plan/plan.ts';
import type { Workspace } from '../engine/workspace.ts';
import type { Context } from './context.ts';

/** Prints what the intent would lead to, and does nothing: `devenv plan` and --dry-run. */
export async function showPlan(
  context: Context,
  workspace: Workspace,
  intent: Intent,
): Promise<number> {
  const { planWorkspace } = await import('../engine/converge.ts');
  const { plan } = await planWorkspace(workspace, intent);
  const notices = [...workspace.warnings.map(({ message }) => message), ...plan.notices];
  const { name } = workspace.config.project;
  await context.result({ ...planResult(plan), notices }, () => planText(plan, notices, name));
  return 0;
}

/** The steps of a plan as every --json result shows them. */
export function planResult(plan: Plan): {
  steps: { do: string; title: string; reason: string }[];
  question: string | null;
} {
  return {
    steps: plan.steps.map((step) => ({
      do: step.do,
      title: describeAction(step),
      reason: step.reason,
    })),
    question: plan.question ?? null,
  };
}

function planText(plan: Plan, notices: string[], name: string): string {
  const lines = plan.steps.map((step) => `${describeAction(step)} (${step.reason})`);
  if (lines.length === 0) lines.push(`Nothing to do for ${name}.`);
  if (plan.question !== undefined) lines.push(`It would ask first: ${plan.question}`);
  lines.push(...notices.map((notice) => `Note: ${notice}`));
  return `${lines.join('\n')}\n`;
}
