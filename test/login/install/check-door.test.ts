import { expect, it } from 'vitest';
import { doorProblems } from '../../../cli/src/login/install/check-door.ts';

const right = {
  forcecommand: '/usr/local/bin/devenv-shell',
  permituserrc: 'no',
  permituserenvironment: 'no',
  allowtcpforwarding: 'no',
  allowstreamlocalforwarding: 'no',
  permittunnel: 'no',
  x11forwarding: 'no',
};

it.each<[string, Record<string, string>, RegExp[]]>([
  ['nothing, as devenv has set it up', {}, []],
  ['no ForceCommand', { forcecommand: 'none' }, [/whatever they ask for.*group devenv/]],
  ['another ForceCommand', { forcecommand: 'internal-sftp' }, [/"internal-sftp".*Match block/]],
  ['a file of theirs', { permituserrc: 'yes' }, [/permituserrc yes for ann/]],
  [
    'forwarding in the network of the host',
    { allowtcpforwarding: 'yes', permittunnel: 'point-to-point' },
    [/allowtcpforwarding yes/, /permittunnel point-to-point/],
  ],
])('another door is %s', (_what, change, problems) => {
  const found = doorProblems('ann', new Map(Object.entries({ ...right, ...change })));
  expect(found).toEqual(problems.map((each) => expect.stringMatching(each)));
});
