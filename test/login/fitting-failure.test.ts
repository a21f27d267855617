import { expect, it } from 'vitest';
import { DevenvError } from '../../cli/src/errors.ts';
import { fittingFailure } from '../../cli/src/login/fitting-failure.ts';

const fitting = 'Try again. If it happens again, tell the administrator of this host.';

it.each([
  ['Run "devenv doctor" to see what was tried.', fitting],
  ['Run the same command again. If it fails, "devenv doctor" shows it.', fitting],
  ['Run it again with DEVENV_DEBUG=1.', fitting],
  ['Log in with a terminal: ssh -t HOST', 'Log in with a terminal: ssh -t HOST'],
  ['"devenv login install" has to be run again.', '"devenv login install" has to be run again.'],
  [undefined, undefined],
])('the hint %j becomes %j', (hint, expected) => {
  const details = ['a detail'];
  const error = new DevenvError('engine_failed', 'It failed.', { details, ...(hint && { hint }) });
  const { code, message, hint: shown, details: kept } = fittingFailure(error);
  expect({ code, message, shown, kept }).toEqual({
    code: 'engine_failed',
    message: 'It failed.',
    shown: expected,
    kept: details,
  });
});

it('what nobody has expected is told with the same advice', () => {
  expect(fittingFailure(new TypeError('x is not a function'))).toMatchObject({
    message: 'Something unexpected went wrong: x is not a function',
    hint: fitting,
  });
});
