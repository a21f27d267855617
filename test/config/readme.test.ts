import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from './memory-host.ts';

const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
const examples = [...readme.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text]) => text!);

it('README has nothing wrong in its devenv files', () => {
  expect(examples.length).toBeGreaterThan(1);
  for (const text of examples) {
    expect(
      parse(text, { files: { '/project/data/': '', '/project/Dockerfile': '' } }).diagnostics,
      text,
    ).toEqual([]);
  }
});
