import { engineRequest } from './engine-request.mjs';
import { hasTerminal, program } from './root.mjs';
import { must } from './run.mjs';

/**
 * Sees to it that the engine has an image: pulls it, or where no registry can be reached lets
 * devenv build it from the distribution's packages.
 */
export async function provideImage(host, reference) {
  const found = await engineRequest(host, 'GET', `/images/${reference}/json`);
  // Of an engine behind ssh or TLS we cannot tell; devenv pulls what it needs there.
  if (found === undefined || found.status === 200) return;
  console.log(`Pulling ${reference} …`);
  if (await pull(host, reference)) return;
  console.log('No image registry can be reached; building it from packages …');
  const yes = hasTerminal ? [] : ['--yes'];
  await must(process.execPath, [program, 'image', 'bootstrap', reference, '--host', host, ...yes]);
}

async function pull(host, reference) {
  const [image, tag] = reference.split(':');
  const { status, text } = await engineRequest(
    host,
    'POST',
    `/images/create?fromImage=${image}&tag=${tag}`,
  );
  // What goes wrong after the first line of progress is in the progress, not in the status.
  return status === 200 && !text.includes('"error"');
}
