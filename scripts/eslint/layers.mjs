/*
 * Which file may import which, as zones for import-x/no-restricted-paths. Paths are relative to
 * the repository.
 */

const order = ['config', 'plan', 'engine', 'login', 'ui', 'commands', 'main.ts'];

/** Files that stand beside the layers and that every one of them may import. */
const leaves = ['errors.ts', 'version.ts'];

const layers = order.map((name, index) => ({
  target: `./cli/src/${name}`,
  from: './cli/src',
  except: [...order.slice(0, index + 1), ...leaves].map((allowed) => `./${allowed}`),
  message: `A folder imports itself and what stands to its left in: ${order.join(' → ')}.`,
}));

const outside = [
  {
    target: './cli/src/errors.ts',
    from: './cli/src',
    except: ['./config/diagnostic.ts'],
    message: 'errors.ts is a leaf.',
  },
  {
    target: './cli/src',
    from: ['./extension', './test', './node_modules/@types/vscode'],
    message: 'The program knows neither the extension nor the tests.',
  },
  {
    target: './extension/src',
    from: './cli',
    except: ['./src/engine/index.ts', './dist/engine.cjs'],
    message: 'The extension imports @devenv/cli/engine and nothing else of the program.',
  },
];

/** What is particular to these packages stays in one file. */
const owned = [
  {
    target: ['./cli/src/**/!(docker|create-options|address).ts', './extension/src/**'],
    from: ['./node_modules/dockerode', './node_modules/@types/dockerode'],
    message: 'Only engine/docker.ts imports dockerode; files in engine/docker take its types.',
  },
  {
    target: ['./cli/src/**/!(git).ts', './extension/src/**'],
    from: './node_modules/simple-git',
    message: 'Only engine/git.ts imports simple-git.',
  },
  {
    target: ['./cli/src/**/!(watch-folders).ts', './extension/src/**'],
    from: './node_modules/chokidar',
    message: 'Only engine/watch/watch-folders.ts imports chokidar.',
  },
];

export const zones = [...layers, ...outside, ...owned];
