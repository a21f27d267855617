/** The registry that a reference names, host and port, as Docker reads it: `docker.io` by default. */
export function registryOf(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  const named = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  if (!named || first === 'index.docker.io') return 'docker.io';
  return first;
}

/** The repository of a reference in full, without tag and digest: `docker.io/library/debian`. */
export function repositoryOf(reference: string): string {
  const [named = ''] = reference.split('@');
  const slash = named.lastIndexOf('/');
  const name = named.slice(0, slash + 1) + named.slice(slash + 1).replace(/:.*$/, '');
  const registry = registryOf(name);
  const path = name.replace(/^(?:index\.)?docker\.io\//, '');
  if (registry !== 'docker.io') return name;
  return `docker.io/${path.includes('/') ? path : `library/${path}`}`;
}
