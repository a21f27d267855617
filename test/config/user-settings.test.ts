import { describe, expect, it } from 'vitest';
import { parseUserSettings } from '../../cli/src/config/user-settings.ts';

const read = (text: string) => {
  const { settings, diagnostics } = parseUserSettings('/me/config.yaml', text);
  const problems = diagnostics.map(
    ({ range, code, message }) => `${range.start.line}:${range.start.column} ${code} ${message}`,
  );
  return { settings, problems };
};

describe('parseUserSettings', () => {
  it('reads all there is', () => {
    const text =
      'image: debian:bookworm\nshell: /bin/zsh\nengine: unix:///run/x.sock\nforward: {proxy: false}';
    expect(read(text)).toEqual({
      settings: {
        image: 'debian:bookworm',
        shell: '/bin/zsh',
        engine: 'unix:///run/x.sock',
        forward: { proxy: false },
      },
      problems: [],
    });
  });

  it('takes an empty file for no settings', () => {
    expect(read('# nothing yet\n')).toEqual({ settings: {}, problems: [] });
  });

  it.each([
    ['imag: x', '1:1 unknown-key Unknown key: "imag"'],
    ['image: Debian', '1:8 bad-value "image" is not an image reference: "Debian"'],
    ['shell: zsh', '1:8 bad-value "shell" is not an absolute path: "zsh"'],
    [
      'engine: /run/x.sock',
      '1:9 bad-value "engine" is not the address of an engine: "/run/x.sock"',
    ],
    ['forward: {ssh: true}', '1:11 unknown-key Unknown key in forward: "ssh"'],
    ['- a', '1:1 wrong-type The file must be a map of keys and values; this is a list.'],
    [
      'a: [',
      '1:5 yaml-syntax This is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]: "a: ["',
    ],
  ])('says what is wrong with %j', (text, problem) => {
    expect(read(text).problems).toEqual([problem]);
  });

  it('keeps what is right beside what is wrong', () => {
    expect(read('image: debian\nshell: zsh').settings).toEqual({ image: 'debian' });
  });
});
