import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  certificateEnvironment,
  findCaFiles,
  joinCaFiles,
  proxyEnvironment,
} from '../../../cli/src/engine/session/host-certificates.ts';
import { testFolder } from '../../support/temp-folder.ts';

// No platform of ours: it has no bundle of the system, so only the variables count.
const nowhere = 'aix';

describe('findCaFiles', () => {
  it('takes what the variables name, a whole bundle first', async () => {
    const folder = await testFolder({ one: '1', two: '2', three: '3' });
    const environment = {
      NODE_EXTRA_CA_CERTS: join(folder, 'one'),
      REQUESTS_CA_BUNDLE: join(folder, 'two'),
      SSL_CERT_FILE: join(folder, 'three'),
    };
    expect(await findCaFiles(environment, nowhere)).toEqual([
      join(folder, 'three'),
      join(folder, 'one'),
    ]);
    expect(await findCaFiles({ ...environment, SSL_CERT_FILE: undefined }, nowhere)).toEqual([
      join(folder, 'two'),
      join(folder, 'one'),
    ]);
    const same = { SSL_CERT_FILE: join(folder, 'one'), NODE_EXTRA_CA_CERTS: join(folder, 'one') };
    expect(await findCaFiles(same, nowhere)).toEqual([join(folder, 'one')]);
  });

  it('passes over what is empty, absent or a folder', async () => {
    const folder = await testFolder({ real: '' });
    const environment = {
      SSL_CERT_FILE: '',
      CURL_CA_BUNDLE: join(folder, 'nowhere'),
      REQUESTS_CA_BUNDLE: folder,
      NODE_EXTRA_CA_CERTS: join(folder, 'real'),
    };
    expect(await findCaFiles(environment, nowhere)).toEqual([join(folder, 'real')]);
    expect(await findCaFiles({}, nowhere)).toEqual([]);
  });
});

describe('joinCaFiles', () => {
  it('adds what the bundle has not', async () => {
    const folder = await testFolder({ bundle: 'public\n', extra: 'company\n' });
    const paths = [join(folder, 'bundle'), join(folder, 'extra')];
    expect(await joinCaFiles(paths)).toBe('public\ncompany\n');
  });

  it('leaves the bundle as it is where there is nothing to add', async () => {
    const folder = await testFolder({ bundle: 'public\ncompany\nmore\n', extra: 'company\n' });
    const paths = [join(folder, 'bundle'), join(folder, 'extra')];
    const text = 'public\ncompany\nmore\n';
    expect(await joinCaFiles(paths)).toBe(text);
    expect(await joinCaFiles([paths[0]!])).toBe(text);
  });
});

it('certificateEnvironment makes every usual program read the bundle', () => {
  expect(certificateEnvironment('/ca.crt')).toEqual({
    NODE_EXTRA_CA_CERTS: '/ca.crt',
    SSL_CERT_FILE: '/ca.crt',
    REQUESTS_CA_BUNDLE: '/ca.crt',
    CURL_CA_BUNDLE: '/ca.crt',
    GIT_SSL_CAINFO: '/ca.crt',
  });
});

describe('proxyEnvironment', () => {
  it('gives each proxy in both cases, and keeps two that differ', () => {
    expect(
      proxyEnvironment({
        HTTPS_PROXY: 'http://a:1',
        http_proxy: 'http://b:2',
        no_proxy: 'localhost',
        NO_PROXY: '10.0.0.1',
        PATH: '/bin',
      }),
    ).toEqual({
      HTTPS_PROXY: 'http://a:1',
      https_proxy: 'http://a:1',
      HTTP_PROXY: 'http://b:2',
      http_proxy: 'http://b:2',
      NO_PROXY: '10.0.0.1',
      no_proxy: 'localhost',
    });
  });

  it('gives nothing where there is none', () => {
    expect(proxyEnvironment({ PATH: '/bin' })).toEqual({});
  });
});
