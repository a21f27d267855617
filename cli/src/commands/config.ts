import type { CommandFunction } from './context.ts';
import { loadConfig } from './load-config.ts';

export const config: CommandFunction = async (context) => {
  const loaded = await loadConfig(context);
  await context.result(loaded.config, async () => {
    const { stringify } = await import('yaml');
    return stringify(loaded.config);
  });
  return 0;
};
