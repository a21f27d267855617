import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packFiles } from '../../../cli/src/engine/container/tar.ts';
import { buildImage } from '../../../cli/src/engine/image/build.ts';
import { buildLines, fileInImage, wholeImage } from '../../support/builds.ts';
import { engineApi } from '../../support/engine-api.ts';
import { describeWithEngine, testEngine } from '../../support/engine.ts';
import {
  startInterceptingProxy,
  type InterceptingProxy,
} from '../../support/intercepting-proxy.ts';
import { makeTempFolder, removeTempFolder } from '../../support/temp-folder.ts';
import { buildSource } from '../../support/build-source.ts';

/** Of nobody: only the proxy answers for it. */
const registry = 'packages.example.invalid';

const missing = await withoutNpm();

describe.skipIf(missing)(`RUN npm ci${missing ? ` (skipped: ${missing})` : ''}`, () => {
  describeWithEngine('behind a proxy that reads along', () => {
    let base: string;
    let proxy: InterceptingProxy;
    let files: Record<string, string>;
    let environment: NodeJS.ProcessEnv;

    beforeAll(async () => {
      base = await imageWithNpm();
      const tarball = await packageTarball();
      proxy = await startInterceptingProxy(registry, (path) =>
        path === '/tiny/-/tiny-1.0.0.tgz' ? tarball : undefined,
      );
      files = projectWith(tarball);
      environment = { HTTPS_PROXY: `http://${await hostFromInside()}:${proxy.port}` };
    });
    afterAll(() => proxy?.close());

    const dockerfile = (): string[] => [
      `FROM ${base}`,
      'WORKDIR /app',
      'COPY package.json package-lock.json .npmrc ./',
      'RUN npm ci',
    ];

    it('fails where the build does not trust what the host trusts', async () => {
      const hostEnvironment = { NODE_EXTRA_CA_CERTS: proxy.authority };
      const failure = await buildLines(dockerfile(), files, { environment, hostEnvironment }).catch(
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({ code: 'build_failed' });
      expect((failure as { details: string[] }).details.join('\n')).toMatch(
        /certificate|SELF_SIGNED/i,
      );
      expect(proxy.asked).toContain(`${registry}:443`);
    });

    it('works with "trust: host", and leaves neither certificate nor proxy in the image', async () => {
      const hostEnvironment = { NODE_EXTRA_CA_CERTS: proxy.authority };
      const { reference } = await buildLines(
        dockerfile(),
        files,
        { environment, hostEnvironment },
        undefined,
        { trustsHost: true },
      );
      expect(await fileInImage(reference, '/app/node_modules/tiny/index.js')).toBe('// tiny\n');
      const image = await testEngine().inspectImage(reference);
      expect(JSON.stringify(image?.Config)).not.toMatch(/proxy|CERT/i);
      const whole = await wholeImage(reference);
      expect(whole).toContain('// tiny');
      expect(whole).not.toContain(environment.HTTPS_PROXY);
      const [, someLine = ''] = (await readFile(proxy.authority, 'utf8')).split('\n');
      expect(someLine).toHaveLength(64);
      expect(whole).not.toContain(someLine);
    });
  });
});

/** Why npm cannot be copied from this machine into an image; undefined where it can. */
async function withoutNpm(): Promise<string | undefined> {
  if (spawnSync('openssl', ['version']).status !== 0) return 'it needs openssl';
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  // The program needs the C library that it was linked with.
  if (!/^VERSION_CODENAME=bookworm$/m.test(release))
    return 'only Debian 12’s Node runs in its image';
  return spawnSync('npm', ['--version']).status === 0 ? undefined : 'it needs npm';
}

/** Debian with this machine's Node and npm, made once for this engine. */
async function imageWithNpm(): Promise<string> {
  const folder = await makeTempFolder();
  const npm = spawnSync('npm', ['root', '--global'], { encoding: 'utf8' }).stdout.trim();
  await copyFile(process.execPath, join(folder, 'node'));
  await cp(join(npm, 'npm'), join(folder, 'npm'), { recursive: true });
  const lines = [
    'FROM debian:bookworm-slim',
    'COPY node /usr/local/bin/',
    'COPY npm /usr/local/lib/node_modules/npm/',
    'RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && npm --version',
  ];
  await writeFile(join(folder, 'Dockerfile'), `${lines.join('\n')}\n`);
  try {
    return await buildImage(
      testEngine(),
      buildSource(folder),
      (inputs) => `devenv-test/npm:${inputs.slice(0, 12)}`,
      {
        noCache: false,
        pull: false,
        environment: {},
        logFile: join(folder, 'build.log'),
        report: () => undefined,
        index: 0,
      },
    );
  } finally {
    await removeTempFolder(folder);
  }
}

async function packageTarball(): Promise<Buffer> {
  const file = (path: string, content: string) => ({
    path: `package/${path}`,
    content,
    mode: 0o644,
    uid: 0,
    gid: 0,
  });
  const description = JSON.stringify({ name: 'tiny', version: '1.0.0', main: 'index.js' });
  return gzipSync(
    await packFiles([file('package.json', description), file('index.js', '// tiny\n')]),
  );
}

function projectWith(tarball: Buffer): Record<string, string> {
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  const resolved = `https://${registry}/tiny/-/tiny-1.0.0.tgz`;
  const root = { name: 'app', version: '1.0.0', dependencies: { tiny: '1.0.0' } };
  const packages = { '': root, 'node_modules/tiny': { version: '1.0.0', resolved, integrity } };
  const lock = { name: 'app', version: '1.0.0', lockfileVersion: 3, requires: true, packages };
  return {
    'package.json': JSON.stringify(root),
    'package-lock.json': JSON.stringify(lock),
    '.npmrc': `registry=https://${registry}/\naudit=false\nfund=false\nupdate-notifier=false\nfetch-retries=0\n`,
  };
}

/** The address of this host for what runs in a container. */
async function hostFromInside(): Promise<string> {
  const network = (await engineApi().getNetwork('bridge').inspect()) as {
    IPAM: { Config: { Gateway: string }[] };
  };
  return network.IPAM.Config[0]!.Gateway;
}
