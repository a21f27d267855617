interface GitIdentity {
  userName: string | undefined;
  userEmail: string | undefined;
}

/**
 * The git configuration of sessions, which takes the place of the image's /etc/gitconfig and
 * includes it. Whatever the home or the repository says comes before it.
 *
 * @param input.helper Value of credential.helper; undefined for none.
 */
export function gitConfigText({
  userName,
  userEmail,
  helper,
}: GitIdentity & { helper: string | undefined }): string {
  return [
    section('include', { path: '/etc/gitconfig' }),
    section('user', { name: userName, email: userEmail }),
    section('credential', { helper }),
  ].join('');
}

function section(name: string, values: Record<string, string | undefined>): string {
  const lines = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [`\t${key} = ${quote(value)}\n`],
  );
  return lines.length === 0 ? '' : `[${name}]\n${lines.join('')}`;
}

function quote(value: string): string {
  const escaped = value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
  return `"${escaped}"`;
}
