import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gitConfigText } from '../../../cli/src/engine/relay/git-config.ts';
import { testFolder } from '../../support/temp-folder.ts';

describe('the git configuration of sessions', () => {
  it('gives git the name, the address and the helper, however odd', async () => {
    const userName = 'Zoë "Z" O\'Hara; \\ #1';
    const userEmail = ' z@example.org ';
    const text = gitConfigText({ userName, userEmail, helper: '!sh /run/x' });
    const path = join(await testFolder(), 'gitconfig');
    await writeFile(path, text);
    const get = (key: string): string =>
      execFileSync('git', ['config', '--file', path, '--null', key], { encoding: 'utf8' });
    expect(get('user.name')).toBe(`${userName}\0`);
    expect(get('user.email')).toBe(`${userEmail}\0`);
    expect(get('credential.helper')).toBe('!sh /run/x\0');
    expect(get('include.path')).toBe('/etc/gitconfig\0');
  });

  it('leaves out what the host does not say', () => {
    const text = gitConfigText({ userName: undefined, userEmail: undefined, helper: undefined });
    expect(text).toBe('[include]\n\tpath = "/etc/gitconfig"\n');
  });
});
