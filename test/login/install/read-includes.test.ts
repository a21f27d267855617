import { describe, expect, it } from 'vitest';
import { sshdIncludes, sudoersIncludes } from '../../../cli/src/login/install/read-includes.ts';

describe('sshd_config reads drop-ins', () => {
  it.each<[boolean, string]>([
    [true, '# comment\n\nInclude /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\n'],
    [true, 'include "sshd_config.d/*.conf"'],
    [true, '  INCLUDE  /etc/other.conf  /etc/ssh/sshd_config.d/*\n'],
    [true, 'Include=/etc/ssh/sshd_config.d/*.conf'],
    [false, ''],
    [false, '#Include /etc/ssh/sshd_config.d/*.conf'],
    [false, 'Include /etc/ssh/other.d/*.conf'],
    [false, 'Include /etc/ssh/sshd_config.d/10-cloud.conf'],
    [false, 'Match User bob\n  X11Forwarding no\nInclude /etc/ssh/sshd_config.d/*.conf\n'],
  ])('%s: %j', (expected, text) => {
    expect(sshdIncludes(text)).toBe(expected);
  });
});

describe('sudoers reads drop-ins', () => {
  it.each<[boolean, string]>([
    [true, 'root ALL=(ALL) ALL\n@includedir /etc/sudoers.d\n'],
    [true, '#includedir /etc/sudoers.d'],
    [true, '@includedir "/etc/sudoers.d/"  \n'],
    [false, '# @includedir /etc/sudoers.d\n'],
    [false, '@includedir /etc/sudoers.dd\n'],
    [false, ''],
  ])('%s: %j', (expected, text) => {
    expect(sudoersIncludes(text)).toBe(expected);
  });
});
