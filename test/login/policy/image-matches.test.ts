import { expect, it } from 'vitest';
import { imageMatches } from '../../../cli/src/login/policy/image-matches.ts';

const digest = `sha256:${'a'.repeat(64)}`;

it.each([
  ['debian', 'debian'],
  ['debian:latest', 'debian'],
  ['debian', 'debian:latest'],
  ['docker.io/library/debian:latest', 'debian'],
  ['index.docker.io/library/debian', 'debian'],
  ['docker.io/debian', 'debian'],
  ['library/debian', 'debian'],
  ['debian:bookworm', 'debian:*'],
  ['debian:bookworm', 'debian*'],
  ['debian', '*'],
  ['team/shop:1', 'team/*'],
  ['registry.example.com/team/shop:1', 'registry.example.com/team/*'],
  ['registry.example.com/team/a/b:1', 'registry.example.com/team/**'],
  ['registry.example.com:5000/shop', 'registry.example.com:5000/*'],
  ['localhost/shop', 'localhost/shop'],
  [`registry.example.com/team/shop@${digest}`, 'registry.example.com/team/*'],
  [`registry.example.com/shop@${digest}`, `registry.example.com/shop@${digest}`],
  [`registry.example.com/shop:1@${digest}`, `registry.example.com/shop@${digest}`],
  ['registry.example.com/anything/at/all:2', '**'],
  ['registry.example.com/x/base:2', '**/base:2'],
])('%s is one of %s', (reference, pattern) => {
  expect(imageMatches(reference, [pattern])).toBe(true);
});

it.each([
  ['debian:bookworm', 'debian'],
  ['debian-evil', 'debian:*'],
  ['evil/debian', 'debian:*'],
  ['evil.example.com/debian:1', 'debian:*'],
  ['evil.example.com/library/debian:1', 'debian:*'],
  ['team/shop:1', '*'],
  ['registry.example.com/team/a/b:1', 'registry.example.com/team/*'],
  ['registryxexample.com/team/a', 'registry.example.com/team/*'],
  ['registry.example.com.evil.org/team/a', 'registry.example.com*/team/b'],
  ['registry.example.com/shop:1', 'registry.example.com/shop'],
  // The tag of the first is nothing but a word: the engine takes the digest.
  [`debian:bookworm@${digest}`, 'debian:bookworm'],
  [`debian:bookworm@${digest}`, 'debian:*'],
  ['debian\nx', 'debian*x\n'],
])('%j is none of %j', (reference, pattern) => {
  expect(imageMatches(reference, [pattern])).toBe(false);
});
