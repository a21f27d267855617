import { userInfo } from 'node:os';
import { expect, it } from 'vitest';
import { describeWithEngine } from '../support/engine.ts';
import { copySample } from './copy-sample.ts';

describeWithEngine('samples/hello', () => {
  it('says who, where and in what its task runs', async () => {
    const { folder, devenv } = await copySample('hello');
    const { stdout, exitCode } = await devenv.run(['run', 'hello']);
    expect(stdout).toContain(`Hello ${userInfo().username} (uid ${userInfo().uid}).`);
    expect(stdout).toContain(`You are in ${folder}`);
    expect(stdout).toContain('on Debian GNU/Linux 12 (bookworm)');
    expect(exitCode).toBe(0);
  });
});
