import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { changeFiles } from './build/change-files.mjs';
import { evaluated } from './build/evaluated.mjs';
import { commanderChanges, dockerodeChanges, heavyFiles } from './build/lighter-packages.mjs';
import { parts, partsApart } from './build/parts-apart.mjs';
import { apartFiles, packagesApart } from './build/packages-apart.mjs';

/*
 * Builds what a person runs: cli/dist/main.cjs (the program, with the parts beside it), cli/dist/engine.cjs (the engine as a
 * library) and extension/dist/extension.cjs. What the sources import() is in the same file, and
 * runs when it is asked for; large packages have files of their own.
 */

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const engineSource = join(root, 'cli/src/engine/index.ts');
const { version } = JSON.parse(await readFile(join(root, 'cli/package.json'), 'utf8'));

const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  mainFields: ['module', 'main'],
  define: { DEVENV_VERSION: JSON.stringify(version) },
  // cli/bin/devenv.cjs relies on it.
  charset: 'ascii',
  // Names stay as they are, so that a stack trace can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  // A require() instead, which Node does at once.
  supported: { 'dynamic-import': false },
  legalComments: 'external',
  logLevel: 'warning',
  write: false,
  metafile: true,
};

const builds = await Promise.allSettled([
  buildProgram('cli/dist/main.cjs', { entryPoints: ['cli/src/main.ts'], plugins: [partsApart()] }),
  ...Object.entries(parts).map(([file, source]) =>
    buildProgram(`cli/dist/${file}`, { entryPoints: [source], plugins: [partsApart()] }),
  ),
  buildProgram('cli/dist/engine.cjs', { entryPoints: [engineSource] }),
  buildProgram('extension/dist/extension.cjs', {
    entryPoints: ['extension/src/extension.ts'],
    external: ['vscode'],
    alias: { '@devenv/cli/engine': engineSource },
  }),
  buildHeavyFiles('cli/dist'),
  buildApartFiles('cli/dist'),
]);
for (const { reason } of builds.filter(({ status }) => status === 'rejected')) {
  // esbuild has already printed what is wrong with the sources.
  if (!Array.isArray(reason.errors)) console.error(reason);
  process.exitCode = 1;
}

async function buildProgram(outfile, { external = [], plugins = [], ...options }) {
  const result = await build({
    ...common,
    ...options,
    outfile,
    external: [...external, ...Object.keys(heavyFiles).map((name) => `./${name}`)],
    plugins: [
      ...plugins,
      evaluated(),
      packagesApart(),
      changeFiles(dockerodeChanges),
      changeFiles(commanderChanges),
    ],
  });
  await writeFiles(result.outputFiles);
  await writeMetafile(outfile, result.metafile);
}

async function buildHeavyFiles(folder) {
  for (const [name, entry] of Object.entries(heavyFiles)) {
    const result = await build({
      ...common,
      entryPoints: [entry],
      outfile: join(folder, name),
      // ssh2 does without these where they are not installed.
      external: ['cpu-features', '*.node'],
    });
    await writeFiles(result.outputFiles);
  }
}

async function buildApartFiles(folder) {
  for (const [name, file] of Object.entries(apartFiles)) {
    const result = await build({ ...common, entryPoints: [name], outfile: join(folder, file) });
    await writeFiles(result.outputFiles);
  }
}

/** Each file appears at once and whole: another process may be starting from this folder. */
async function writeFiles(files) {
  for (const { path, contents } of files) {
    await mkdir(dirname(path), { recursive: true });
    const temporary = `${path}.${process.pid}`;
    await writeFile(temporary, contents);
    await rename(temporary, path);
  }
}

/** What a file is made of, for esbuild's bundle analyzer. */
async function writeMetafile(outfile, metafile) {
  const path = join(root, '.cache/build', `${outfile.replaceAll('/', '-')}.json`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify(metafile));
}
