import { isIPv4 } from 'node:net';

/** What is wrong with a range of IPv4 addresses such as 10.214.0.0/16, as what follows it. */
export function rangeProblem(range: string): string | undefined {
  const [address = '', length = ''] = range.split('/');
  const bits = Number(length);
  if (!isIPv4(address) || bits > 32) return 'is no range of IPv4 addresses';
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return number % 2 ** (32 - bits) === 0
    ? undefined
    : `does not begin where the range /${bits} does`;
}
