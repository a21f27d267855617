import { DevenvError } from '../../errors.ts';

/** A base image that can be made from packages. */
export interface BaseImage {
  /** As asked for; the image gets exactly this name. */
  reference: string;
  distribution: 'debian' | 'ubuntu';
  /** The codename of the release: `bookworm`. */
  suite: string;
  /** Without documentation, manuals and translations. */
  slim: boolean;
}

/** `debian:12` and `ubuntu:24.04` are as usual as the codenames, which the archives use. */
const codenames: Record<string, string> = {
  'debian:10': 'buster',
  'debian:11': 'bullseye',
  'debian:12': 'bookworm',
  'debian:13': 'trixie',
  'debian:14': 'forky',
  'ubuntu:20.04': 'focal',
  'ubuntu:22.04': 'jammy',
  'ubuntu:24.04': 'noble',
  'ubuntu:26.04': 'resolute',
};

/** Understands `debian:SUITE[-slim]` and `ubuntu:SUITE`. Fails with `usage` for anything else. */
export function parseReference(reference: string): BaseImage {
  const match = /^(debian|ubuntu):([a-z0-9][a-z0-9.]*)(-slim)?$/.exec(reference);
  if (match === null || (match[1] === 'ubuntu' && match[3] !== undefined)) {
    throw new DevenvError('usage', `devenv cannot build "${reference}" from packages.`, {
      hint: 'It builds debian:SUITE, debian:SUITE-slim and ubuntu:SUITE, such as debian:bookworm-slim.',
    });
  }
  const [, distribution = '', name = '', slim] = match;
  return {
    reference,
    distribution: distribution as BaseImage['distribution'],
    suite: codenames[`${distribution}:${name}`] ?? name,
    slim: slim !== undefined,
  };
}
