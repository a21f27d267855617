import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeFiles } from '../../../scripts/build/change-files.mjs';
import { dockerodeChanges, heavyFiles } from '../../../scripts/build/lighter-packages.mjs';

let folder;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'devenv-change-files-'));
  await writeFile(join(folder, 'entry.js'), "require('./library.js');");
  await writeFile(join(folder, 'library.js'), 'module.exports = 1;');
});

afterAll(() => rm(folder, { recursive: true }));

describe('changeFiles', () => {
  it('replaces the text', async () => {
    const { text } = await bundle([change({ from: 'exports = 1', to: 'exports = "$&"' })]);
    expect(text).toContain('"$&"');
  });

  it('fails the build when the text is not there', async () => {
    await expect(bundle([change({ from: 'exports = 2' })])).rejects.toThrow(
      'library.js has no single "exports = 2" any more',
    );
  });

  it('fails the build when the text is there twice', async () => {
    await expect(bundle([change({ from: 'e' })])).rejects.toThrow('has no single "e" any more');
  });

  it('fails the build when only a part of the files is bundled', async () => {
    const gone = { ...change({}), file: join(folder, 'gone.js') };
    await expect(bundle([change({}), gone])).rejects.toThrow('gone.js is no longer bundled');
  });
});

describe('the changes to dockerode', () => {
  it('keep ssh2, gRPC and protobufjs out of the program', async () => {
    const { inputs } = await bundle(dockerodeChanges, { contents: "require('dockerode')" });
    expect(inputs.filter((path) => path.includes('/docker-modem/lib/'))).not.toEqual([]);
    expect(inputs.filter((path) => /\/(ssh2|@grpc|protobufjs)\//.test(path))).toEqual([]);
  });
});

function change({ from = '1', to = '2' }) {
  return { file: join(folder, 'library.js'), from, to };
}

async function bundle(changed, stdin = { contents: "require('./entry.js')" }) {
  const fromProject = stdin.contents.includes('dockerode');
  const result = await build({
    stdin: { ...stdin, resolveDir: fromProject ? import.meta.dirname : folder },
    bundle: true,
    write: false,
    metafile: true,
    format: 'cjs',
    platform: 'node',
    logLevel: 'silent',
    external: Object.keys(heavyFiles).map((name) => `./${name}`),
    plugins: [changeFiles(changed)],
  });
  return { text: result.outputFiles[0].text, inputs: Object.keys(result.metafile.inputs) };
}
