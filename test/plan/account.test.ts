import { describe, expect, it } from 'vitest';
import { callerHome, sessionAccount } from '../../cli/src/plan/account.ts';
import { aConfig, anImage, aWorld } from './fixtures.ts';

const { caller } = aWorld();
const rootful = { rootless: false };

describe('the account that sessions run as', () => {
  it('is the caller, with the same ids, name and home', () => {
    expect(sessionAccount(aConfig(), caller, rootful, anImage())).toEqual({
      uid: 1000,
      gid: 1000,
      name: 'ann',
      home: '/home/ann',
      shell: '/bin/bash',
    });
  });

  it('is uid 0 on a rootless engine, where that uid is the caller outside', () => {
    const account = sessionAccount(aConfig(), caller, { rootless: true }, anImage());
    expect(account).toMatchObject({ uid: 0, gid: 0, name: 'ann', home: '/home/ann' });
  });

  it('is the named user of the image', () => {
    const image = anImage({ passwd: 'dev:x:77:78::/srv/dev:/bin/sh\n' });
    expect(sessionAccount(aConfig({ user: 'dev' }), caller, rootful, image)).toEqual({
      uid: 77,
      gid: 78,
      name: 'dev',
      home: '/srv/dev',
      shell: '/bin/sh',
    });
  });

  it('is root even where the image has no passwd file', () => {
    const image = anImage({ passwd: '' });
    const account = sessionAccount(aConfig({ user: 'root' }), caller, rootful, image);
    expect(account).toMatchObject({ uid: 0, gid: 0, home: '/root' });
  });

  it('is refused, with the names there are, when the image has no such user', () => {
    expect(() => sessionAccount(aConfig({ user: 'dev' }), caller, rootful, anImage())).toThrow(
      'The image has no user named dev.',
    );
  });
});

describe('the shell', () => {
  const image = (own: string, shells: string[]) =>
    anImage({ passwd: `dev:x:1000:1000::/srv:${own}\n`, shells });

  it.each([
    ['the file names one', '/opt/fish', image('/bin/zsh', ['/bin/zsh', '/bin/bash']), '/opt/fish'],
    [
      'the image has one for the uid',
      undefined,
      image('/bin/zsh', ['/bin/zsh', '/bin/bash']),
      '/bin/zsh',
    ],
    [
      'the uid may not log in',
      undefined,
      image('/usr/sbin/nologin', ['/bin/bash', '/bin/sh']),
      '/bin/bash',
    ],
    ['its shell is not installed', undefined, image('/bin/zsh', ['/bin/bash']), '/bin/bash'],
    ['there is no bash', undefined, image('', ['/bin/ash', '/bin/sh']), '/bin/sh'],
  ])('when %s', (_title, shell, facts, expected) => {
    expect(sessionAccount(aConfig({ shell }), caller, rootful, facts).shell).toBe(expected);
  });
});

describe('the home inside', () => {
  it.each([
    ['linux', '/home/ann', '/home/ann'],
    ['linux', '/root', '/root'],
    ['linux', '/', '/home/ann'],
    ['linux', '/nonexistent', '/home/ann'],
    ['darwin', '/Users/ann', '/home/ann'],
    ['win32', 'C:\\Users\\ann', '/home/ann'],
  ] as const)('on %s for %s is %s', (platform, home, expected) => {
    expect(callerHome({ ...caller, platform, home })).toBe(expected);
  });
});
