import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

// The files do not exist, so rules that need a type checker or the whole graph are left out.
const eslint = new ESLint({
  cwd: root,
  overrideConfig: [tseslint.configs.disableTypeChecked, { rules: { 'import-x/no-cycle': 'off' } }],
});

describe('the layering rule', () => {
  it.each([
    [
      'cli/src/config/a.ts',
      "import { toCreateOptions } from '../engine/docker/create-options.ts';",
    ],
    ['cli/src/plan/a.ts', "import type { Docker } from '../engine/docker.ts';"],
    ['cli/src/plan/a.ts', "export * from '../engine/events.ts';"],
    ['cli/src/engine/a.ts', "await import('../commands/context.ts');"],
    ['cli/src/errors.ts', "import type { Plan } from './plan/plan.ts';"],
    ['cli/src/engine/a.ts', "import { activate } from '../../../extension/src/extension.ts';"],
    ['cli/src/engine/a.ts', "import type { Uri } from 'vscode';"],
    ['extension/src/a.ts', "import { DevenvError } from '../../cli/src/errors.ts';"],
    ['cli/src/ui/a.ts', "import Dockerode from 'dockerode';"],
    ['cli/src/commands/a.ts', "await import('dockerode');"],
    ['cli/src/engine/a.ts', "import type Dockerode from 'dockerode';"],
    ['cli/src/engine/a.ts', "await import('simple-git');"],
  ])('in %s forbids %s', async (file, text) => {
    expect(await complaints(file, text)).toEqual(['import-x/no-restricted-paths']);
  });

  it.each([
    ['cli/src/engine/a.ts', "import type { Plan } from '../plan/plan.ts';"],
    ['cli/src/commands/a.ts', "await import('../engine/docker.ts');"],
    ['cli/src/config/a.ts', "import { DevenvError } from '../errors.ts';"],
    ['cli/src/engine/docker.ts', "import Dockerode from 'dockerode';"],
    ['cli/src/engine/git.ts', "await import('simple-git');"],
    ['cli/src/engine/docker/create-options.ts', "import type Dockerode from 'dockerode';"],
    ['extension/src/a.ts', "import type { Uri } from 'vscode';"],
    ['extension/src/a.ts', "import { Docker } from '@devenv/cli/engine';"],
  ])('in %s allows %s', async (file, text) => {
    expect(await complaints(file, text)).toEqual([]);
  });
});

describe('the cycle rule', () => {
  it('catches a file that imports one that imports it', async () => {
    const strict = new ESLint({ cwd: root, overrideConfig: [tseslint.configs.disableTypeChecked] });
    const text = "import { isGone } from './engine/docker/errors.ts';";
    expect(await complaints('cli/src/errors.ts', text, strict)).toContain('import-x/no-cycle');
  });
});

describe('the other borders', () => {
  it.each([
    ['cli/src/plan/a.ts', "import { readFileSync } from 'node:fs';", 'import-x/no-nodejs-modules'],
    ['cli/src/config/a.ts', "await import('node:os');", 'import-x/no-nodejs-modules'],
    ['cli/src/config/a.ts', "import { connect } from 'node:net';", 'no-restricted-imports'],
    ['cli/src/config/a.ts', 'process.env.HOME;', 'no-restricted-globals'],
    ['cli/src/engine/a.ts', 'process.exit(1);', 'no-restricted-properties'],
    ['extension/src/a.ts', 'process.exit(1);', 'no-restricted-properties'],
    [
      'cli/src/engine/docker/create-options.ts',
      "import Dockerode from 'dockerode';",
      '@typescript-eslint/no-restricted-imports',
    ],
  ])('in %s forbids %s', async (file, text, rule) => {
    expect(await complaints(file, text)).toEqual([rule]);
  });

  it('lets main.ts end the process', async () => {
    expect(await complaints('cli/src/main.ts', 'process.exit(1);')).toEqual([]);
  });
});

const notAsked = ['@typescript-eslint/no-unused-vars', '@typescript-eslint/no-unused-expressions'];

async function complaints(file: string, text: string, linter = eslint): Promise<(string | null)[]> {
  const [result] = await linter.lintText(`${text}\n`, { filePath: `${root}/${file}` });
  return result!.messages.map(({ ruleId }) => ruleId).filter((rule) => !notAsked.includes(rule!));
}
