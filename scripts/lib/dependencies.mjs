import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { must } from './run.mjs';

/** Installs the npm packages, unless that has been done since package-lock.json last changed. */
export async function installDependencies() {
  // npm writes this file at the end of an installation.
  const installed = join(root, 'node_modules/.package-lock.json');
  const wanted = join(root, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  console.log('Installing the npm packages …');
  await must('npm', ['ci']);
}
