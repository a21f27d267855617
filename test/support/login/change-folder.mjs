import { renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

/*
 * Makes a folder (the first argument) a link to another one and back, again and again, until it is
 * told to stop: then the folder is itself.
 */

const [folder, other] = process.argv.slice(2);
let going = true;
process.on('message', () => (going = false));

while (going) {
  renameSync(folder, `${folder}.kept`);
  symlinkSync(other, folder);
  await setImmediate();
  unlinkSync(folder);
  renameSync(`${folder}.kept`, folder);
  await setImmediate();
}
process.disconnect();
