import { currentCaller } from '../engine/host/caller.ts';
import { openOptions, type CommandFunction } from './context.ts';

/** Builds a base image from the distribution's packages, unless it is there already. */
export const imageBootstrap: CommandFunction = async (context, { args, options }) => {
  const { bootstrapImage } = await import('../engine/bootstrap.ts');
  const { parseReference } = await import('../engine/bootstrap/parse-reference.ts');
  const { connect } = await import('../engine/workspace.ts');
  const [reference = ''] = args;
  parseReference(reference);
  const caller = currentCaller();
  const docker = await connect(openOptions(context), caller);
  const force = options.force === true;
  if (context.options.dryRun) {
    const image = await docker.inspectImage(reference);
    const exists = image !== undefined && !force;
    await context.result({ reference, id: image?.Id ?? null, built: false }, () =>
      exists ? `${reference} exists.\n` : `Would build ${reference} from packages.\n`,
    );
    return 0;
  }
  const image = await context.work((tools) =>
    bootstrapImage(
      docker,
      reference,
      { caller, environment: context.environment },
      { ...tools, force },
    ),
  );
  await context.result(image, () =>
    image.built ? `${reference} is ready.\n` : `${reference} exists already.\n`,
  );
  return 0;
};
