import type { Config } from '../config/config.ts';
import { DevenvError } from '../errors.ts';
import { describePlan } from '../plan/describe.ts';
import { planDespiteMistakes } from '../plan/mistakes.ts';
import type { Intent, Plan, Step } from '../plan/plan.ts';
import { planAfterImage, planEntry, planWorkspace as plan } from '../plan/planner.ts';
import type { Glance, World } from '../plan/world.ts';
import type { Applying } from './apply.ts';
import type { Report } from './events.ts';
import { withLock } from './host/lock.ts';
import { glance, observe } from './observe.ts';
import { version } from './version.ts';
import type { Workspace } from './workspace.ts';

/** A plan, and the world as it was before it. */
export interface Planned {
  plan: Plan;
  world: World;
}

export interface ConvergeOptions {
  report: Report;
  /** Stands between plan and apply; false leaves everything as it is. */
  confirm: (question: string) => Promise<boolean>;
  /** Whether to build before asking: for whoever would wait with the swap, not with the build. */
  buildsFirst?: boolean;
  signal: AbortSignal;
}

/** A port that was free when it was chosen may be taken a moment later: so often it is chosen. */
const tries = 3;

/**
 * Brings the workspace to what the intent asks for: observe, plan, ask, apply, under the
 * workspace's lock. Sessions are waited for without it, so that others can work meanwhile. Gives
 * the plan that was carried out and the world as it was before it.
 */
export async function converge(
  workspace: Workspace,
  intent: Intent,
  { confirm, ...options }: ConvergeOptions,
): Promise<Planned> {
  const once = { ...options, confirm: askOnce(confirm) };
  const before: Step[] = [];
  for (let next = intent; ; next = onceBuilt(next)) {
    const { world, plan, waitsFor } = await convergeLocked(workspace, next, once);
    before.push(...plan.steps);
    if (waitsFor === undefined) return { world, plan: { ...plan, steps: before } };
    await apply({ ...plan, steps: [waitsFor] }, { ...workspace, ...once });
    before.push(waitsFor);
  }
}

/** What there is still to do for a rebuild whose image stands. */
function onceBuilt(intent: Intent): Intent {
  if (intent.kind !== 'rebuild') return intent;
  return { ...intent, built: true, noCache: false, pull: false };
}

/** What has been answered with yes needs no second answer. */
function askOnce(confirm: ConvergeOptions['confirm']): ConvergeOptions['confirm'] {
  const answered = new Set<string>();
  return async (question) => {
    if (answered.has(question)) return true;
    const yes = await confirm(question);
    if (yes) answered.add(question);
    return yes;
  };
}

interface Converged extends Planned {
  /** The step before which the rest has to be planned anew; `plan` is what was done until here. */
  waitsFor?: Step;
}

function convergeLocked(
  workspace: Workspace,
  intent: Intent,
  options: ConvergeOptions,
): Promise<Converged> {
  const work = async (): Promise<Converged> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await convergeOnce(workspace, intent, options);
      } catch (error) {
        if (attempt === tries || !choosesAnotherPort(error, workspace.config)) throw error;
      }
    }
  };
  const { report, signal } = options;
  return withLock(workspace.folder.lock, signal, work, () =>
    report({ type: 'notice', text: 'Another devenv is changing this workspace; waiting for it.' }),
  );
}

function choosesAnotherPort(error: unknown, { ports }: Config): boolean {
  const taken = error instanceof DevenvError && error.code === 'port_taken';
  return taken && ports.some(({ exact }) => !exact);
}

async function convergeOnce(
  workspace: Workspace,
  intent: Intent,
  { report, confirm, buildsFirst = false, signal }: ConvergeOptions,
): Promise<Converged> {
  const first = await planAtFirst(workspace, intent);
  const image = first.plan.steps.filter(isImageStep);
  const asksLater = buildsFirst && image.length > 0;
  const before = asksLater ? first : await withLosses(workspace, first, decide(workspace, intent));
  // A missing one shall be heard of before anything is made, or anybody is asked.
  if (needsSecrets(before.plan, intent)) await workspace.secrets();
  const question = asksLater ? undefined : before.plan.question;
  if (question !== undefined && !(await confirm(question))) {
    throw new DevenvError('interrupted', 'Nothing was changed.');
  }
  report({ type: 'plan', steps: describePlan(before.plan) });
  for (const text of before.plan.notices) report({ type: 'notice', text });
  // What was built is what goes on, whatever has become of the files meanwhile.
  let { imageInputs } = before.world;
  const onBuilt = (inputs: string): void => void (imageInputs = inputs);
  const applying = { ...workspace, report, signal, onBuilt };
  // Who the image's users are and what it can run is known only once it is there.
  await apply({ ...before.plan, steps: image }, applying);
  const now: Rest = image.length === 0 ? before : await planRest(workspace, intent, imageInputs);
  const waitsFor = now.plan.steps.find((step) => step.do === 'await-idle');
  if (waitsFor !== undefined) {
    return { world: now.world, plan: { ...now.plan, steps: image }, waitsFor };
  }
  // A build takes its time, in which somebody may have come, or put something into the container.
  const ask = async (later: string | undefined): Promise<void> => {
    if (later === undefined || later === question || (await confirm(later))) return;
    throw new DevenvError('interrupted', 'The workspace is as it was; only its image is built.');
  };
  await ask(now.plan.question);
  const { losses } = now;
  const beforeStop = losses && (async () => ask((await losses).plan.question));
  const steps = image.length === 0 ? now.plan.steps : [...image, ...now.plan.steps];
  await apply(now.plan, { ...applying, beforeStop });
  return { plan: { ...now.plan, steps }, world: now.world };
}

interface Rest extends Planned {
  /** The same with what the container that goes takes with it, where that is still looked for. */
  losses?: Promise<Planned>;
}

/**
 * The part of the plan behind the image, as things stand once the image is there. To look into the
 * container that goes takes the engine as long as to make its replacement, so that both are done at
 * once; unless there is a question already, as nobody shall be asked twice.
 */
async function planRest(
  workspace: Workspace,
  intent: Intent,
  imageInputs: string | undefined,
): Promise<Rest> {
  const decideRest: Decide = (world) =>
    planAfterImage(workspace.config, world, intent, installation(workspace));
  // The engine answers no question about a container while it looks into it.
  const world = await observe(workspace, undefined, imageInputs);
  const rest = { world, plan: decideRest(world) };
  const losses = withLosses(workspace, rest, decideRest);
  const stops = rest.plan.steps.some((step) => step.do === 'stop-container');
  if (!stops || rest.plan.question !== undefined) return losses;
  // A failure is heard of where the look is waited for, if it comes to that.
  losses.catch(() => undefined);
  return { ...rest, losses };
}

/**
 * Makes sure that a session can be attached: one engine call when the workspace is running, the
 * whole way from observe to apply when it is not.
 */
export async function enter(
  workspace: Workspace,
  options: ConvergeOptions & { hooks: boolean },
): Promise<Glance> {
  const now = await glance(workspace);
  const { ready, notices } = planEntry(workspace.config, now);
  const isUp = ready || (now.container?.state === 'running' && !options.hooks);
  if (isUp && workspace.mistakes === undefined) {
    for (const text of notices) options.report({ type: 'notice', text });
    return now;
  }
  await converge(workspace, { kind: 'enter', hooks: options.hooks }, options);
  if (options.signal.aborted) {
    throw new DevenvError('interrupted', 'Interrupted; the workspace is up, but was not entered.');
  }
  return glance(workspace);
}

/** What would be done for the intent. Changes nothing. */
export async function planWorkspace(workspace: Workspace, intent: Intent): Promise<Planned> {
  const first = await planAtFirst(workspace, intent);
  return withLosses(workspace, first, decide(workspace, intent));
}

/** What `up` would do; where it would fail, a remark that says so, as that hides nothing else. */
export async function planStatus(workspace: Workspace): Promise<Planned> {
  const intent: Intent = { kind: 'up' };
  const world = await observe(workspace, intent);
  try {
    const first = { world, plan: decide(workspace, intent)(world) };
    return await withLosses(workspace, first, decide(workspace, intent));
  } catch (error) {
    if (!(error instanceof DevenvError) || error.code !== 'config_invalid') throw error;
    const [mistake] = error.diagnostics.filter(({ severity }) => severity === 'error');
    const notice = `"devenv up" would fail: ${mistake?.message ?? error.message}`;
    return { world, plan: { steps: [], notices: [notice], question: undefined } };
  }
}

type Decide = (world: World) => Plan;

function decide(workspace: Workspace, intent: Intent): Decide {
  const { config, mistakes } = workspace;
  if (mistakes !== undefined)
    return (world) => planDespiteMistakes(config, world, intent, mistakes);
  return (world) => plan(config, world, intent, installation(workspace));
}

/** Without a look at what a container that goes takes with it: that takes the engine a while. */
async function planAtFirst(workspace: Workspace, intent: Intent): Promise<Planned> {
  const world = await observe(workspace, intent);
  return { world, plan: decide(workspace, intent)(world) };
}

async function withLosses(
  workspace: Workspace,
  { world: before, plan }: Planned,
  decide: Decide,
): Promise<Planned> {
  if (plan.loses === undefined) return { world: before, plan };
  const world = { ...before, handmade: await lookInto(workspace, plan.loses) };
  return { world, plan: decide(world) };
}

async function lookInto(
  { docker, folder }: Workspace,
  container: string,
): Promise<World['handmade']> {
  const { observeHandmade } = await import('./container/handmade.ts');
  return observeHandmade(docker, folder, container);
}

function installation({ folder }: Workspace): { version: string; runFolder: string } {
  return { version, runFolder: folder.run };
}

function needsSecrets(plan: Plan, intent: Intent): boolean {
  return intent.kind === 'enter' || plan.steps.some((step) => step.do === 'run-hook');
}

function isImageStep(step: Plan['steps'][number]): boolean {
  return step.do === 'pull-image' || step.do === 'build-image';
}

/** The executor is loaded only when there is something to do, which a warm `exec` has not. */
async function apply(plan: Plan, applying: Applying): Promise<void> {
  if (plan.steps.length === 0) return;
  const executor = await import('./apply.ts');
  return executor.apply(plan, applying);
}
