/*
 * Large packages, and the generated validators, which most calls never use, become files of their
 * own beside the program: V8 reads through every character of a file before it runs the first
 * line, used or not.
 */
const packages = [
  '@grpc/grpc-js',
  '@clack/prompts',
  'chokidar',
  'devenv-schemas/generated/validate.js',
  'dockerfile-ast',
  'minimatch',
  'proper-lockfile',
  'protobufjs',
  'simple-git',
  'tar-stream',
  'yaml',
];

/** The name of each package's file, by the package's own. */
export const apartFiles = Object.fromEntries(
  packages.map((name) => [name, `${name.replace(/^@|\.js$/g, '').replaceAll('/', '-')}.cjs`]),
);

/**
 * An esbuild plugin by which the program requires those files where its sources import the
 * packages.
 *
 * @returns {import('esbuild').Plugin}
 */
export function packagesApart() {
  return {
    name: 'packages-apart',
    setup({ onResolve }) {
      const filter = new RegExp(`^(${packages.join('|')})$`);
      onResolve({ filter }, ({ path }) => ({ path: `./${apartFiles[path]}`, external: true }));
    },
  };
}
