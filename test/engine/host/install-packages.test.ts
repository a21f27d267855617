import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { currentCaller } from '../../../cli/src/engine/host/caller.ts';
import { readDistribution, usesApt } from '../../../cli/src/engine/host/distribution.ts';
import {
  installPackages,
  whyNoInstallation,
} from '../../../cli/src/engine/host/install-packages.ts';
import { meetRequirements } from '../../../cli/src/engine/private-engine/meet-requirements.ts';
import { itUnless } from '../../support/it-unless.ts';
import { testFolder } from '../../support/temp-folder.ts';

const signal = new AbortController().signal;
const noApt = usesApt(await readDistribution()) ? undefined : 'this is neither Debian nor Ubuntu';
const noLinux = process.platform === 'linux' ? noApt : 'private engines run on Linux only';

describe('installPackages', () => {
  it('updates the lists and installs without recommendations and questions', async () => {
    const machine = await fakeMachine();
    await installPackages(['one', 'two'], { ...machine.admin(0), code: 'engine_start_failed' });
    const [update, install] = await machine.calls();
    expect(update).toMatch(/^noninteractive apt-get .* update$/);
    expect(install).toMatch(
      /^noninteractive apt-get .* install --yes --no-install-recommends one two$/,
    );
  });

  it('goes through sudo for everybody but root, without waiting for a password', async () => {
    const machine = await fakeMachine();
    await installPackages(['one'], { ...machine.admin(1000), code: 'engine_start_failed' });
    const calls = await machine.calls();
    expect(calls[0]).toMatch(/^sudo --non-interactive env DEBIAN_FRONTEND=noninteractive apt-get/);
    expect(calls[1]).toMatch(/^noninteractive apt-get .* update$/);
  });

  it('does not mind a source that cannot be updated', async () => {
    const machine = await fakeMachine('case "$*" in *update) exit 100;; esac');
    await installPackages(['one'], { ...machine.admin(0), code: 'engine_start_failed' });
    expect(await machine.calls()).toHaveLength(2);
  });

  it('fails with the end of what apt says', async () => {
    const machine = await fakeMachine('echo "E: Unable to locate package one" >&2; exit 100');
    const options = { ...machine.admin(0), code: 'bootstrap_failed' } as const;
    await expect(installPackages(['one'], options)).rejects.toMatchObject({
      code: 'bootstrap_failed',
      details: ['E: Unable to locate package one'],
    });
  });
});

describe('a private engine on a machine that lacks programs', () => {
  itUnless(noLinux)('is not started, and says what to install', async () => {
    const machine = await fakeMachine();
    const error = await meet(machine, { install: false });
    expect(error).toMatchObject({
      code: 'engine_start_failed',
      message: expect.stringContaining('rootlesskit is not installed'),
      hint: expect.stringContaining('--install'),
      details: expect.arrayContaining([
        expect.stringMatching(/^apt-get install .*rootlesskit slirp4netns uidmap/),
      ]),
    });
  });

  itUnless(noLinux)('installs nothing when the person says no', async () => {
    const machine = await fakeMachine();
    const questions: string[] = [];
    const error = await meet(machine, { install: true, questions });
    expect(error).toMatchObject({ code: 'interrupted' });
    expect(questions).toEqual([expect.stringMatching(/as root: apt-get install .*rootlesskit/)]);
    expect(await machine.calls()).toEqual([]);
  });

  itUnless(noApt)('cannot be helped without sudo', async () => {
    const environment = { PATH: await testFolder() };
    expect(await whyNoInstallation({ uid: 1000, environment })).toContain('sudo');
    expect(await whyNoInstallation({ uid: 0, environment })).toBeUndefined();
  });
});

interface FakeMachine {
  environment: Record<string, string>;
  admin: (uid: number) => Parameters<typeof installPackages>[1];
  /** What was run, one line each, with DEBIAN_FRONTEND before apt-get. */
  calls: () => Promise<string[]>;
}

/** apt-get and sudo that only write down how they were called. */
async function fakeMachine(behaviour = ''): Promise<FakeMachine> {
  const folder = await testFolder({ calls: '' });
  const log = join(folder, 'calls');
  const programs = {
    'apt-get': `echo "$DEBIAN_FRONTEND apt-get $*" >> ${log}\n${behaviour}`,
    sudo: `echo "sudo $*" >> ${log}\nshift; exec "$@"`,
  };
  for (const [name, body] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }
  const env = '#!/bin/sh\nexec /usr/bin/env "$@"\n';
  await writeFile(join(folder, 'env'), env, { mode: 0o755 });
  const environment = { PATH: folder };
  return {
    environment,
    admin: (uid) => ({
      uid,
      environment,
      signal,
      onLine: () => undefined,
      code: 'engine_start_failed',
    }),
    calls: async () => (await readFile(log, 'utf8')).split('\n').filter((line) => line !== ''),
  };
}

async function meet(
  { environment }: FakeMachine,
  { install, questions = [] }: { install: boolean; questions?: string[] },
): Promise<unknown> {
  const caller = { ...currentCaller(), uid: 1000, gid: 1000 };
  const options = {
    install,
    report: () => undefined,
    confirm: async (question: string) => questions.push(question) < 0,
    signal,
  };
  return meetRequirements({ caller, environment }, options).catch((error: unknown) => error);
}
