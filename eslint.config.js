import eslint from '@eslint/js';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { zones } from './scripts/eslint/layers.mjs';

const exitRule = { object: 'process', property: 'exit', message: 'Only main.ts ends the process.' };

const pureModules = ['node:crypto', 'node:net', 'node:path', 'node:util'];

export default defineConfig(
  globalIgnores(['**/dist/', '.cache/', 'test-output/', 'devenv-schemas/generated/']),
  eslint.configs.recommended,
  {
    name: 'imports',
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [createTypeScriptImportResolver()],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
    },
    rules: { 'import-x/no-restricted-paths': ['error', { zones }] },
  },
  {
    // Nothing imports tests and scripts, and looking for a way back from each takes long.
    name: 'no cycles',
    files: ['cli/src/**', 'extension/src/**'],
    rules: { 'import-x/no-cycle': 'error' },
  },
  {
    name: 'typescript',
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // An interface may ask for a promise that an implementation has no need to wait for.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    name: 'one place that ends the process',
    files: ['cli/src/**', 'extension/src/**'],
    ignores: ['cli/src/main.ts'],
    rules: { 'no-restricted-properties': ['error', exitRule] },
  },
  {
    // These folders decide, and get what they decide on as arguments.
    name: 'pure folders',
    files: ['cli/src/config/**', 'cli/src/plan/**', 'cli/src/login/policy/**'],
    rules: {
      'import-x/no-nodejs-modules': ['error', { allow: pureModules }],
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'node:net', allowImportNames: ['isIP', 'isIPv4', 'isIPv6'] }] },
      ],
      'no-restricted-globals': ['error', 'process', 'fetch', 'setTimeout', 'console'],
    },
  },
  {
    name: 'dockerode for its types only',
    files: ['cli/src/engine/docker/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { paths: [{ name: 'dockerode', allowTypeImports: true }] },
      ],
    },
  },
  {
    // What an engine or a program answers is compared as it is, without types.
    name: 'tests',
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    name: 'scripts',
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: { globals: nodeGlobals('Buffer', 'console', 'process', 'setTimeout', 'URL') },
  },
  {
    name: 'CommonJS',
    files: ['**/*.cjs'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: nodeGlobals('__dirname', 'module', 'require'),
    },
  },
);

function nodeGlobals(...names) {
  return Object.fromEntries(names.map((name) => [name, 'readonly']));
}
