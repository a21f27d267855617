import { expect, it } from 'vitest';
import { baseimageStandIn } from '../support/baseimage.ts';
import { describeWithEngine, testEngine } from '../support/engine.ts';
import { copySample } from './copy-sample.ts';

const original = 'phusion/baseimage:noble-1.0.2';

describeWithEngine('samples/baseimage', () => {
  it('runs its service under the image’s own init and sessions as the caller', async () => {
    const { devenv } = await copySample('baseimage', { BASEIMAGE: await baseimage() });

    expect(await devenv.run(['up'])).toMatchObject({ exitCode: 0 });
    const init = await devenv.run(['exec', '--', 'cat', '/proc/1/cmdline']);
    expect(init.stdout).toContain('/sbin/my_init');
    const whose = await devenv.run(['exec', '--', 'stat', '-c', '%u', '/proc/1']);
    expect(whose.stdout).toBe('0\n');
    const me = await devenv.run(['exec', '--', 'id', '-u']);
    expect(me.stdout).toBe(`${process.getuid!()}\n`);

    const time = await devenv.run(['shell', '-c', 'until cat /run/clock/now; do sleep 0.1; done']);
    expect(new Date(time.stdout).getFullYear()).toBe(new Date().getFullYear());
    expect(await devenv.run(['run', 'time'])).toMatchObject({ exitCode: 0 });
  }, 120_000);
});

async function baseimage(): Promise<string> {
  if ((await testEngine().inspectImage(original)) !== undefined) return original;
  console.log(`${original} is not in this engine: a stand-in that keeps its contract is used.`);
  return baseimageStandIn();
}
