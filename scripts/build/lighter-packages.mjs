import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/*
 * What packages load as soon as they are required, and most calls never use, is put off until it is
 * used, or left out: ssh2, gRPC and tar for dockerode, https, child processes. It is most of the
 * start-up time.
 */

const { resolve } = createRequire(import.meta.url);
const dockerode = dirname(resolve('dockerode'));
const modem = dirname(createRequire(join(dockerode, 'docker.js')).resolve('docker-modem'));
const commander = join(dirname(resolve('commander')), 'lib');

/** What becomes a file of its own, by the name under which the changes require it. */
export const heavyFiles = {
  'docker-ssh.cjs': join(modem, 'ssh.js'),
};

export const dockerodeChanges = [
  {
    file: join(modem, 'modem.js'),
    from: "ssh = require('./ssh')",
    to: "ssh = (...args) => require('./docker-ssh.cjs')(...args)",
  },
  {
    // Its own debug output, which pulls in tty and the colours of terminals.
    file: join(modem, 'modem.js'),
    from: "debug = require('debug')('modem')",
    to: 'debug = () => {}',
  },
  {
    // Written for the debug output, and made whether or not that is on.
    file: join(modem, 'modem.js'),
    from: "debug('Sending: %s', util.inspect(options, {",
    to: 'debug((options, {',
  },
  {
    file: join(modem, 'http.js'),
    from: "nativeHttps = require('https')",
    to: "nativeHttps = { request: (...args) => require('https').request(...args) }",
  },
  {
    file: join(dockerode, 'docker.js'),
    // Our own session offers more, and lives as long as the build.
    from: "withSession = require('./session')",
    to: 'withSession = undefined',
  },
  {
    file: join(dockerode, 'docker.js'),
    // Its reader of BuildKit's progress; ours is in engine/image/buildkit.
    from: "require('./buildkit')",
    to: '{}',
  },
  {
    file: join(dockerode, 'util.js'),
    from: "DockerIgnore = require('@balena/dockerignore')",
    to: "DockerIgnore = (...args) => require('@balena/dockerignore')(...args)",
  },
  {
    file: join(dockerode, 'util.js'),
    from: "tar = require('tar-fs')",
    to: "tar = { pack: (...args) => require('tar-fs').pack(...args) }",
  },
  {
    file: join(dockerode, 'util.js'),
    from: "zlib = require('zlib')",
    to: "zlib = { createGzip: (...args) => require('zlib').createGzip(...args) }",
  },
];

export const commanderChanges = [
  {
    file: join(commander, 'command.js'),
    from: "childProcess = require('node:child_process')",
    to: "childProcess = { spawn: (...args) => require('node:child_process').spawn(...args) }",
  },
];
