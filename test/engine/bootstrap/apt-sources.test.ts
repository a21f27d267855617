import { describe, expect, it } from 'vitest';
import { chooseSources, parseIndexes } from '../../../cli/src/engine/bootstrap/apt-sources.ts';
import { parseReference } from '../../../cli/src/engine/bootstrap/parse-reference.ts';

const bookworm = { id: 'debian', codename: 'bookworm', family: ['debian'] };
const noble = { id: 'ubuntu', codename: 'noble', family: ['ubuntu', 'debian'] };

const debian = `
http://mirror.example/debian/ bookworm main Debian
http://mirror.example/debian/ bookworm main Debian
http://mirror.example/debian/ bookworm contrib Debian
http://mirror.example/debian/ bookworm-updates main Debian
http://mirror.example/debian-security/ bookworm-security main Debian
http://mirror.example/debian/ bookworm-backports main Debian Backports
https://vendor.example/debian/ bookworm main Vendor
cdrom://[Debian]/ bookworm main Debian
`;

describe('chooseSources', () => {
  it('takes the mirrors of this machine, its updates and its security fixes', () => {
    expect(choose('debian:bookworm', debian, bookworm)).toEqual({
      mirror: 'http://mirror.example/debian',
      lines: [
        'deb http://mirror.example/debian bookworm main contrib',
        'deb http://mirror.example/debian bookworm-updates main',
        'deb http://mirror.example/debian-security bookworm-security main',
      ],
    });
  });

  it('turns them to another release of the same distribution', () => {
    expect(choose('debian:trixie-slim', debian, bookworm)).toEqual({
      mirror: 'http://mirror.example/debian',
      lines: [
        'deb http://mirror.example/debian trixie main contrib',
        'deb http://mirror.example/debian trixie-updates main',
        'deb http://mirror.example/debian-security trixie-security main',
      ],
    });
  });

  it('tells the archive by its folder where apt has not fetched anything yet', () => {
    const unknown = `
http://mirror.example/debian/ bookworm main $(ORIGIN)
https://vendor.example/apt/ bookworm main $(ORIGIN)
`;
    expect(choose('debian:bookworm', unknown, bookworm).lines).toEqual([
      'deb http://mirror.example/debian bookworm main',
    ]);
  });

  it('understands sources that say stable instead of the codename', () => {
    const stable = `
http://mirror.example/debian/ stable main Debian
http://mirror.example/debian/ stable-updates main Debian
`;
    expect(choose('debian:bookworm', stable, bookworm)).toEqual({
      mirror: 'http://mirror.example/debian',
      lines: [
        'deb http://mirror.example/debian bookworm main',
        'deb http://mirror.example/debian bookworm-updates main',
      ],
    });
  });

  it('leaves the mirror to the bootstrap program where the machine runs something else', () => {
    expect(choose('ubuntu:noble', debian, bookworm)).toEqual({ mirror: undefined, lines: [] });
    expect(choose('debian:bookworm', '', undefined)).toEqual({ mirror: undefined, lines: [] });
  });

  it('keeps the components of Ubuntu', () => {
    const ubuntu = `
http://mirror.example/ubuntu/ noble main Ubuntu
http://mirror.example/ubuntu/ noble universe Ubuntu
http://mirror.example/ubuntu/ noble-security main Ubuntu
`;
    expect(choose('ubuntu:24.04', ubuntu, noble).lines).toEqual([
      'deb http://mirror.example/ubuntu noble main universe',
      'deb http://mirror.example/ubuntu noble-security main',
    ]);
  });
});

function choose(
  reference: string,
  indexes: string,
  host: typeof bookworm | undefined,
): ReturnType<typeof chooseSources> {
  return chooseSources(parseIndexes(indexes), host, parseReference(reference));
}
