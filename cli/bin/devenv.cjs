#!/usr/bin/env node
'use strict';
const fs = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

/*
 * Runs ../dist/main.cjs as require() would, and keeps in the caller's cache folder what Node has
 * compiled of it: compiling takes longer than most commands do. What is kept belongs to one command
 * of one build on one Node.
 */

const thirtyDays = 30 * 24 * 60 * 60 * 1000;

const program = join(__dirname, '../dist/main.cjs');
const kept = keptFile();
// The build writes ASCII only, which takes the least time to read as this.
const source = fs.readFileSync(program, 'latin1');
const script = new Script(
  `(function (exports, require, module, __filename, __dirname) {\n${source}\n})`,
  { filename: program, lineOffset: -1, cachedData: kept && readOwn(kept) },
);
if (kept && script.cachedDataRejected !== false) process.on('exit', keep);

const main = { exports: {} };
script.runInThisContext()(main.exports, createRequire(program), main, program, dirname(program));

function keptFile() {
  const { HOME, LOCALAPPDATA, XDG_CACHE_HOME } = process.env;
  const caches = XDG_CACHE_HOME || LOCALAPPDATA || (HOME && join(HOME, '.cache'));
  if (!caches) return undefined;
  const { mtimeMs, size } = fs.statSync(program);
  const command = /^[a-z]+$/.test(process.argv[2]) ? process.argv[2] : 'devenv';
  const name = [command, process.version, process.arch, Math.round(mtimeMs), size].join('-');
  return join(caches, 'devenv', 'compiled', name);
}

/** What is kept gets run: a file that somebody else has made is not read. */
function readOwn(path) {
  let file;
  try {
    file = fs.openSync(path);
    const isOwn = !process.getuid || fs.fstatSync(file).uid === process.getuid();
    return isOwn ? fs.readFileSync(file) : undefined;
  } catch {
    return undefined; // nothing is kept yet
  } finally {
    if (file !== undefined) fs.closeSync(file);
  }
}

/** At the end, when all that this command needs has been compiled. */
function keep() {
  const folder = dirname(kept);
  const unfinished = `${kept}.${process.pid}`;
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(unfinished, script.createCachedData());
    fs.renameSync(unfinished, kept);
    for (const name of fs.readdirSync(folder)) {
      const age = Date.now() - fs.statSync(join(folder, name)).mtimeMs;
      if (age > thirtyDays) fs.rmSync(join(folder, name));
    }
  } catch {
    // A home that cannot be written to, or another devenv was quicker: nothing is lost but time.
  }
}
