const component = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const host = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]+)?$/;
const tag = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const digest = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/;

/**
 * Checks an image reference, `[host[:port]/]path[:tag][@digest]`, by the grammar of
 * github.com/distribution/reference. Gives a hint on what is wrong, or undefined.
 */
export function checkImageReference(reference: string): string | undefined {
  const [named = '', ...digests] = reference.split('@');
  if (digests.length > 1 || digests.some((text) => !digest.test(text))) {
    return 'Behind @ stands a digest: sha256: and 64 hexadecimal digits.';
  }
  const slash = named.lastIndexOf('/');
  const colon = named.indexOf(':', slash + 1);
  if (colon !== -1 && !tag.test(named.slice(colon + 1))) {
    return 'A tag is made of letters, digits, dots, dashes and underscores, 128 at most.';
  }
  return checkName(colon === -1 ? named : named.slice(0, colon));
}

function checkName(name: string): string | undefined {
  const parts = name.split('/');
  const [first = ''] = parts;
  const hasHost = parts.length > 1 && (/[.:]|^localhost$/.test(first) || /[A-Z]/.test(first));
  if (hasHost && !host.test(first))
    return 'What stands before the first / is not the name of a host.';
  const path = hasHost ? parts.slice(1) : parts;
  if (path.every((part) => component.test(part))) return undefined;
  return path.some((part) => /[A-Z]/.test(part))
    ? 'The names of images are lower-case.'
    : 'For example: debian:bookworm or registry.example.com/team/image:1.0';
}
