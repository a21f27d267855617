import { describe, expect, it } from 'vitest';
import { withAccount, withGroup } from '../../cli/src/plan/passwd.ts';

const ann = { uid: 1000, gid: 1000, name: 'ann', home: '/home/ann', shell: '/bin/bash' };
const line = 'ann:x:1000:1000:ann:/home/ann:/bin/bash';
const root = 'root:x:0:0:root:/root:/bin/sh';

describe('the passwd file', () => {
  it.each([
    ['gets the account', `${root}\n`, [line, root]],
    ['is made where the image has none', '', [line]],
    ['is completed where its last line has no end', root, [line, root]],
    [
      'puts the account before another name of the same uid, so that it is found first',
      `${root}\nnode:x:1000:1000::/home/node:/bin/bash\n`,
      [line, root, 'node:x:1000:1000::/home/node:/bin/bash'],
    ],
    [
      'replaces the account that the image has itself',
      `${root}\nann:x:1000:1000::/srv:/bin/false\n`,
      [line, root],
    ],
    [
      'keeps the uid of somebody else with the same name, under a new name',
      `${root}\nann:x:2000:2000::/srv:/bin/sh\n`,
      [line, root, 'ann-image:x:2000:2000::/srv:/bin/sh'],
    ],
  ])('%s', (_title, image, lines) => {
    expect(withAccount(image, ann)).toBe(`${lines.join('\n')}\n`);
  });
});

describe('the group file', () => {
  it.each([
    ['gets the primary group', 'root:x:0:\n', ['ann:x:1000:', 'root:x:0:']],
    ['keeps the name the image has for the gid', 'users:x:1000:\n', ['users:x:1000:']],
    ['renames another group of the same name', 'ann:x:7:\n', ['ann:x:1000:', 'ann-image:x:7:']],
    ['is made where the image has none', '', ['ann:x:1000:']],
  ])('%s', (_title, image, lines) => {
    expect(withGroup(image, ann)).toBe(`${lines.join('\n')}\n`);
  });
});
