import { expect } from 'vitest';
import { createCli } from '../../support/cli.ts';
import { testFolder } from '../../support/temp-folder.ts';
import { itUnless } from '../../support/it-unless.ts';

const unlisted = { uid: 54_321, gid: 54_321 };
const nowhere = 'unix:///nonexistent/docker.sock';

const reason = process.getuid?.() === 0 ? undefined : 'only root can be somebody else';

itUnless(reason)(
  'a uid without a line in passwd is somebody all the same, given a home',
  async () => {
    const cli = createCli(await testFolder(), { cwd: '/', env: { DOCKER_HOST: nowhere } });
    const known = await cli.run(['ls'], { user: unlisted });
    expect(known).toMatchObject({ exitCode: 3 });
    expect(known.stderr).toContain('/nonexistent/docker.sock');
    const homeless = await cli.run(['ls'], { user: unlisted, env: { HOME: undefined } });
    expect(homeless).toMatchObject({ exitCode: 1 });
    expect(homeless.stderr).toContain('There is no home folder for user 54321.');
  },
);
