import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { cpuTime } from './cpu-time.ts';
import { parse } from './memory-host.ts';

const keys = [
  ...['name', 'image', 'build', 'user', 'shell', 'init', 'workspace', 'home', 'caches', 'volumes'],
  ...['environment', 'env_file', 'secrets', 'ports', 'cpus', 'mem_limit', 'pids_limit', 'shm_size'],
  ...['cap_add', 'devices', 'gpus', 'security_opt', 'sysctls', 'ulimits', 'extra_hosts', 'dns'],
  ...['privileged', 'network_mode', 'hooks', 'tasks', 'watch', 'forward', 'idle_stop', 'services'],
  ...['__proto__', 'constructor', 'toString', 'x-a', '<<', 'context', 'args', 'target', 'source'],
  ...['create', 'run', 'path', 'environment', 'file', 'command', 'soft', 'published', 'host_ip'],
];
const texts = fc.constantFrom(
  ...['', ' ', '.', '~', '/', '..', 'a:b', './x:/y', '80:80', '1-9', '$A', '${B:-c}', '$$', '4g'],
  ...['2h', 'true', 'nofile', '/dev/x:r', 'seccomp:x', 'A=b', '=', 'a\0b', '[::1]:80:80', '~/../x'],
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    texts,
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.constantFrom(...keys), tie('value')), { maxLength: 4 })
      .map((pairs) => new Map(pairs)),
  ),
}));

/** More for a thorough search: FAST_CHECK_RUNS=100000. */
const runs = Number(process.env.FAST_CHECK_RUNS ?? 300);

describe('parseConfig', { timeout: 60_000 + runs * 20 }, () => {
  it('never throws on any content, and gives either a Config or an error', () => {
    const file = fc
      .uniqueArray(fc.tuple(fc.constantFrom(...keys), value), { selector: ([key]) => key })
      .map((pairs) => stringify(new Map([['image', 'x'], ...pairs] as [string, unknown][])));
    fc.assert(
      fc.property(file, file, (text, local) => {
        const { config, diagnostics } = parse(text, { local });
        const isWrong = diagnostics.some(({ severity }) => severity === 'error');
        expect(config === undefined).toBe(isWrong);
        for (const { range } of diagnostics) {
          expect(range.start.line).toBeGreaterThan(0);
          expect(range.start.column).toBeGreaterThan(0);
        }
      }),
      { numRuns: runs },
    );
  });

  it('never throws on any text', () => {
    const pieces = fc.constantFrom(
      ...['image', ':', ' ', '\n', '- ', '[', ']', '{', '}', '&a', '*a', '<<', '!t', '"', "'", '|'],
      ...['>', '#', '%', '@', '`', '? ', '---', '...', '\t', '$', '${', '\0', '\uFEFF', 'é', '\r'],
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces).map((list) => list.join('')),
    );
    fc.assert(
      fc.property(text, (content) => {
        expect(parse(content).diagnostics.length).toBeGreaterThan(0);
      }),
      { numRuns: runs },
    );
  });

  const size = 64 * 1024;
  const bomb = 'abcdefghij'
    .split('')
    .map(
      (name, index, all) => `x-${name}: &${name} [${`*${all[index - 1] ?? 'zero'},`.repeat(9)}]`,
    );

  it.each([
    [
      'an anchors bomb',
      ['x-0: &zero lol', ...bomb, 'environment: *j'].join('\n'),
      'too-many-values',
    ],
    [
      'a merge-key bomb',
      `x-a: &a {${Array.from({ length: 3000 }, (_, i) => `k${i}: v`).join(', ')}}\nx-b: {<<: [${'*a,'.repeat(3000)}]}`,
      'too-many-values',
    ],
    ['an anchor that holds itself', 'image: x\nx-a: &a [*a]', 'unknown-alias'],
    ['a very long list', `caches:\n${'- a\n'.repeat(size / 4)}`, 'too-many-values'],
    [
      'very many keys',
      Array.from({ length: 6000 }, (_, index) => `k${index}: v\n`).join(''),
      'unknown-key',
    ],
    [
      'very many variables',
      `environment: {A: "${'$A'.repeat(size / 2 - 20)}"}`,
      'undefined-variable',
    ],
    ['deep nesting', '['.repeat(size), 'too-deep'],
    ['deep sequences', '- '.repeat(size / 2), 'too-deep'],
    ['deep keys', '? '.repeat(size / 2), 'too-deep'],
    ['deep maps', '{a: '.repeat(size / 4), 'too-deep'],
    ['ten thousand lines of garbage', '}%@:\n'.repeat(10_000), 'yaml-syntax'],
    ['anchors on nothing', '&a '.repeat(size / 3), 'too-many-values'],
    ['tags on nothing', '!a '.repeat(size / 3), 'too-many-values'],
  ])('is quick with %s', async (_title, text, code) => {
    expect(await cpuTime(() => parse(text))).toBeLessThan(1000);
    const { diagnostics, config } = parse(text);
    expect(config).toBeUndefined();
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
  });
});
