import { expect, it } from 'vitest';
import { whoseEngine } from '../../../cli/src/login/policy/whose-engine.ts';

it.each([
  ['', 'shared'],
  ['{{{', 'shared'],
  ['engine: [unix]\n', 'shared'],
  ['engine: unix:///var/run/docker.sock\n', 'shared'],
  ['engine: unix:///run/100%%U/docker.sock\n', 'shared'],
  ['engine: unix:///run/user/%U/docker.sock\n', 'own'],
  ['engine: unix:///srv/%u/docker.sock\n', 'own'],
  ['engine: unix:///%h/docker.sock\n', 'own'],
  ['overrides: [{match: {user: a}, set: {engine: "unix:///run/%U"}}]\n', 'both'],
  ['engine: unix:///run/%U\noverrides: [{match: {user: a}, set: {engine: "unix:///a"}}]\n', 'both'],
  ['engine: unix:///run/%U\noverrides: [{match: {user: a}, set: {home: none}}]\n', 'own'],
  ['engine: unix:///run/%U\noverrides: [{match: {user: a}, set: {engine: "unix:///%u"}}]\n', 'own'],
] as const)('%j is about engines that are %s', (text, whose) => {
  expect(whoseEngine('policy.yaml', text)).toBe(whose);
});
