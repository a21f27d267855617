import { describe, expect, it } from 'vitest';
import { checkImageReference } from '../../cli/src/config/image-reference.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('checkImageReference', () => {
  it.each([
    'debian',
    'debian:bookworm-slim',
    'phusion/baseimage:noble-1.0.2',
    'f_g/a.b__c-d---e',
    'registry.example.com/team/image:1.0',
    'localhost/image',
    'localhost:5000/image:v_1.-x',
    'HOST.example/image',
    '[::1]:5000/image',
    `image@${digest}`,
    `host:1/image:tag@${digest}`,
    digest,
  ])('accepts %s', (reference) => {
    expect(checkImageReference(reference)).toBeUndefined();
  });

  it.each([
    ['', 'For example'],
    ['Debian', 'lower-case'],
    ['team/Image', 'lower-case'],
    ['a b', 'For example'],
    ['a//b', 'For example'],
    ['/a', 'For example'],
    ['-a', 'For example'],
    ['a...b', 'For example'],
    ['a:', 'tag'],
    ['a:b c', 'tag'],
    ['a:b:c', 'tag'],
    [`a:${'x'.repeat(129)}`, 'tag'],
    ['a@sha256:123', 'digest'],
    [`a@${digest}@${digest}`, 'digest'],
    ['ho_st.x/a', 'host'],
    ['host:port/a', 'host'],
    ['https://host/a', 'host'],
  ])('refuses %j', (reference, hint) => {
    expect(checkImageReference(reference)).toContain(hint);
  });
});
