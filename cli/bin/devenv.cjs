#!/usr/bin/env node
'use strict';
const fs = require('node:fs');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { Script } = require('node:vm');

/*
 * Runs ../dist/main.cjs as require() would, and keeps in the caller's cache folder what Node has
 * compiled of it and of commands.cjs beside it: compiling takes longer than most commands do. What
 * is kept belongs to one command of one build on one Node.
 */

const thirtyDays = 30 * 24 * 60 * 60 * 1000;

const dist = join(__dirname, '../dist');
const folder = keptFolder();
run('main.cjs');

function run(file) {
  const path = join(dist, file);
  const kept = folder && keptFile(file, path);
  // The build writes ASCII only, which takes the least time to read as this.
  const source = fs.readFileSync(path, 'latin1');
  const script = new Script(
    `(function (exports, require, module, __filename, __dirname) {\n${source}\n})`,
    { filename: path, lineOffset: -1, cachedData: kept && readOwn(kept) },
  );
  if (kept && script.cachedDataRejected !== false) process.on('exit', () => keep(kept, script));

  const module = { exports: {} };
  const plain = createRequire(path);
  const require = (id) =>
    id === './commands.cjs' ? (run.commands ??= run('commands.cjs')) : plain(id);
  script.runInThisContext()(module.exports, require, module, path, dist);
  return module.exports;
}

function keptFolder() {
  const { HOME, LOCALAPPDATA, XDG_CACHE_HOME } = process.env;
  const caches = XDG_CACHE_HOME || LOCALAPPDATA || (HOME && join(HOME, '.cache'));
  return caches && join(caches, 'devenv', 'compiled');
}

function keptFile(file, path) {
  const { mtimeMs, size } = fs.statSync(path);
  const command = /^(__)?[a-z-]+$/.test(process.argv[2]) ? process.argv[2] : 'devenv';
  const build = [process.version, process.arch, Math.round(mtimeMs), size];
  return join(folder, [file, command, ...build].join('-'));
}

/** What is kept gets run: a file that somebody else has made is not read, unless it is root's. */
function readOwn(path) {
  let file;
  try {
    file = fs.openSync(path);
    const isTrusted = !process.getuid || [0, process.getuid()].includes(fs.fstatSync(file).uid);
    return isTrusted ? fs.readFileSync(file) : undefined;
  } catch {
    return undefined; // nothing is kept yet
  } finally {
    if (file !== undefined) fs.closeSync(file);
  }
}

/** At the end, when all that this command needs has been compiled. */
function keep(path, script) {
  const unfinished = `${path}.${process.pid}`;
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(unfinished, script.createCachedData());
    fs.renameSync(unfinished, path);
    for (const name of fs.readdirSync(folder)) {
      const age = Date.now() - fs.statSync(join(folder, name)).mtimeMs;
      if (age > thirtyDays) fs.rmSync(join(folder, name));
    }
  } catch {
    // A home that cannot be written to, or another devenv was quicker: nothing is lost but time.
  }
}
