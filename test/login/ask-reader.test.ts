import { describe, expect, it } from 'vitest';
import { askReader } from '../../cli/src/login/ask-reader.ts';
import type { Person } from '../../cli/src/login/person.ts';
import type { ReadingRequest } from '../../cli/src/login/reading.ts';

const isRoot = process.getuid!() === 0;
/** Only root can become somebody else; others are themselves. */
const person: Person = {
  uid: isRoot ? 65534 : process.getuid!(),
  gid: isRoot ? 65534 : process.getgid!(),
  name: 'ann',
  home: '/',
  platform: 'linux',
  groups: [],
};
const request = { home: '/' } as ReadingRequest;

describe('askReader', () => {
  it('gives what the reader answers to the request', async () => {
    const echo = `process.stdin.pipe(process.stdout)`;
    expect(await askReader([process.execPath, '-e', echo], person, request)).toEqual(request);
  });

  it('tells the reader nothing of our environment, and drops every right', async () => {
    process.env.DEVENV_TEST_SECRET = 'told';
    const look = `console.log(JSON.stringify({ uid: process.getuid(), groups: process.getgroups(), cwd: process.cwd(), environment: Object.keys(process.env).sort() }))`;
    try {
      expect(await askReader([process.execPath, '-e', look], person, request)).toEqual({
        uid: person.uid,
        groups: isRoot ? [person.gid] : process.getgroups!(),
        cwd: '/',
        environment: ['HOME', 'LC_ALL', 'LOGNAME', 'PATH', 'PWD', 'USER', 'XDG_CACHE_HOME'],
      });
    } finally {
      delete process.env.DEVENV_TEST_SECRET;
    }
  });

  it.each([
    ['computes without end', 'for (;;);'],
    ['answers without end', 'for (;;) process.stdout.write("x".repeat(65536));'],
    ['answers no JSON', 'console.log("hello")'],
    ['answers nothing', ''],
  ])('denies access where the reader %s', async (_, program) => {
    const asked = askReader([process.execPath, '-e', program], person, request);
    await expect(asked).rejects.toMatchObject({ code: 'denied' });
  });
});
