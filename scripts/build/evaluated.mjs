import { join } from 'node:path';
import { build } from 'esbuild';

/*
 * Modules whose exports depend on nothing but the sources are run once, here, and become data: a
 * shell asks for its completion script each time it starts.
 */
const modules = ['cli/src/commands/completion/scripts.ts'];

/**
 * An esbuild plugin that puts the exports of such modules, as JSON, in place of their code.
 *
 * @returns {import('esbuild').Plugin}
 */
export function evaluated() {
  return {
    name: 'evaluated',
    setup({ initialOptions, onLoad }) {
      const root = initialOptions.absWorkingDir;
      for (const module of modules) {
        const path = join(root, module);
        const filter = new RegExp(`${module.replaceAll('.', '\\.')}$`);
        onLoad({ filter }, async () => ({ contents: asData(await evaluate(path)) }));
      }
    },
  };
}

async function evaluate(path) {
  const { outputFiles } = await build({
    entryPoints: [path],
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${code}`);
}

function asData(exports) {
  const lines = Object.entries(exports).map(
    ([name, value]) => `export const ${name} = ${JSON.stringify(value)};`,
  );
  return lines.join('\n');
}
