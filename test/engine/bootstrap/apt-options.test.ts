import { describe, expect, it } from 'vitest';
import { parseAptOptions } from '../../../cli/src/engine/bootstrap/apt-options.ts';

describe('parseAptOptions', () => {
  it('takes over what apt inside needs to accept the same archives', () => {
    const dump = `
APT "";
Acquire "";
Acquire::AllowInsecureRepositories "0";
Acquire::Check-Valid-Until "false";
Acquire::Check-Date "false";
`;
    expect(parseAptOptions(dump).lines).toEqual([
      'Acquire::Check-Valid-Until "false";',
      'Acquire::Check-Date "false";',
    ]);
  });

  it('gives proxies to the programs that build and to the image', () => {
    const dump = `
Acquire::http::Proxy "http://proxy.example:3142";
Acquire::http::Proxy::mirror.example "DIRECT";
Acquire::https::Proxy "DIRECT";
`;
    expect(parseAptOptions(dump)).toEqual({
      proxies: { http_proxy: 'http://proxy.example:3142' },
      lines: [
        'Acquire::http::Proxy "http://proxy.example:3142";',
        'Acquire::http::Proxy::mirror.example "DIRECT";',
        'Acquire::https::Proxy "DIRECT";',
      ],
    });
  });

  it.each(['http://127.0.0.1:3142', 'http://localhost:3142', 'http://me:word@proxy.example:3142'])(
    'keeps %s out of the image: of no use there, or not for everybody’s eyes',
    (proxy) => {
      expect(parseAptOptions(`Acquire::http::Proxy "${proxy}";`)).toEqual({
        proxies: { http_proxy: proxy },
        lines: [],
      });
    },
  );
});
