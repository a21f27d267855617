/**
 * Whether one of the patterns stands for an image. Both are read as the engine reads them: `node`
 * is docker.io/library/node:latest, and with a digest the tag means nothing.
 */
export function imageMatches(reference: string, patterns: string[]): boolean {
  const full = fullReference(withoutIdleTag(reference));
  return patterns.some((pattern) => toExpression(fullReference(pattern)).test(full));
}

function withoutIdleTag(reference: string): string {
  const [named = '', digest] = reference.split('@');
  return digest === undefined ? reference : `${named.replace(/:[^:/]*$/, '')}@${digest}`;
}

function fullReference(reference: string): string {
  if (reference.startsWith('**')) return reference;
  return withTag(withHost(reference));
}

function withHost(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  if (rest.length === 0) return `docker.io/library/${reference}`;
  if (first === 'index.docker.io') return withHost(['docker.io', ...rest].join('/'));
  if (first === 'docker.io' && rest.length === 1) return `docker.io/library/${rest.join('')}`;
  return /[.:]|^localhost$/.test(first) ? reference : `docker.io/${reference}`;
}

/** A `*` stands for tags as well. */
function withTag(reference: string): string {
  const last = reference.slice(reference.lastIndexOf('/') + 1);
  return /[:@*]/.test(last) ? reference : `${reference}:latest`;
}

function toExpression(pattern: string): RegExp {
  const parts = pattern.split(/(\*+)/).map((part) => {
    if (part === '*') return '[^/]*';
    return part.startsWith('*') ? '.*' : part.replace(/[.\\+?^${}()|[\]]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`, 's');
}
