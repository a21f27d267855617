import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync, truncateSync } from 'node:fs';
import { link, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ApplyEvent } from '../../../cli/src/engine/events.ts';
import { describeWithEngine, testEngine } from '../../support/engine.ts';
import { plainImage } from '../../support/images.ts';
import { buildLines, fileInImage, wholeImage } from '../../support/builds.ts';
import { testFolder } from '../../support/temp-folder.ts';

describeWithEngine('what only BuildKit can do', () => {
  it('takes here-documents, or names those that the engine is too old for', async () => {
    const built = buildLines(
      [
        `FROM ${await plainImage(testEngine())}`,
        'COPY <<one <<two /here/',
        'first',
        'one',
        'second',
        'two',
        'RUN <<end',
        'cat /here/one > /both',
        'cat /here/two >> /both',
        'end',
      ],
      {},
    );
    if (Number.parseInt((await testEngine().facts()).version, 10) >= 23) {
      expect(await fileInImage((await built).reference, '/both')).toBe('first\nsecond\n');
      return;
    }
    const hint = expect.stringContaining('# syntax=docker/dockerfile:1') as string;
    await expect(built).rejects.toMatchObject({
      code: 'build_failed',
      diagnostics: [2, 7].map((line) => ({
        code: 'needs-newer-buildkit',
        range: { start: { line } },
        hint,
      })),
    });
  });

  it('sends a file with several names once, whichever of them is copied', async () => {
    const folder = await testFolder({ Dockerfile: 'x', 'a/one': 'content' });
    await link(join(folder, 'a/one'), join(folder, 'b'));
    const base = await plainImage(testEngine());
    const dockerfile = [`FROM ${base}`, 'COPY . /all/', 'RUN stat -c %h /all/b > /names'];
    const all = await buildLines(dockerfile, {}, {}, folder);
    expect(await fileInImage(all.reference, '/names')).toBe('2\n');
    const second = await buildLines([`FROM ${base}`, 'COPY b /only'], {}, {}, folder);
    expect(await fileInImage(second.reference, '/only')).toBe('content');
  });

  it('mounts caches, secrets and files of the context, and keeps the secrets out', async () => {
    const secret = `secret-${randomUUID()}`;
    const dockerfile = [
      `FROM ${await plainImage(testEngine())} AS one`,
      'RUN --mount=type=cache,target=/c echo kept > /c/mark',
      'RUN --mount=type=secret,id=TOKEN wc -c < /run/secrets/TOKEN > /length',
      'RUN --mount=type=bind,source=tool,target=/t cp /t /copied',
      'RUN --mount=type=secret,id=NOTHING test ! -e /run/secrets/NOTHING',
    ];
    const { reference, events } = await buildLines(
      dockerfile,
      { tool: 'a tool' },
      {
        secrets: { TOKEN: secret },
      },
    );
    expect(await fileInImage(reference, '/length')).toBe(`${secret.length}\n`);
    expect(await fileInImage(reference, '/copied')).toBe('a tool');
    const history = JSON.stringify([await testEngine().inspectImage(reference), events]);
    expect(history).not.toContain(secret);
  });

  it('uses the host’s ssh agent', async () => {
    const socket = join(await testFolder(), 'agent.sock');
    const asked: Buffer[] = [];
    const agent = createServer((client) => {
      client.on('data', (data) => {
        asked.push(data);
        client.end('answer of the agent');
      });
    }).listen(socket);
    try {
      const dockerfile = [
        'FROM debian:bookworm-slim',
        `RUN --mount=type=ssh perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new($ENV{SSH_AUTH_SOCK}); print $s "question"; $s->flush; open F, ">/said"; print F $_ while <$s>'`,
      ];
      const { reference } = await buildLines(
        dockerfile,
        {},
        { agentSocket: socket, noCache: true },
      );
      expect(Buffer.concat(asked).toString()).toBe('question');
      expect(await fileInImage(reference, '/said')).toBe('answer of the agent');
    } finally {
      agent.close();
    }
  });

  it('keeps a build alive that takes longer than the engine’s questions after us', async () => {
    const dockerfile = [
      `FROM ${await plainImage(testEngine())}`,
      'RUN sleep 12',
      'RUN --mount=type=secret,id=A cat /run/secrets/A > /a',
    ];
    const { reference } = await buildLines(
      dockerfile,
      {},
      { secrets: { A: 'late' }, noCache: true },
    );
    expect(await fileInImage(reference, '/a')).toBe('late');
  }, 60_000);

  it('trusts what the host trusts where the file says so, and keeps that out of the image', async () => {
    const authorities = `authorities ${randomUUID()}`;
    const folder = await testFolder({ 'ca.pem': authorities });
    const dockerfile = [
      `FROM ${await plainImage(testEngine())}`,
      'RUN cat $NODE_EXTRA_CA_CERTS | wc -c > /length',
    ];
    const trusting = { trustsHost: true };
    const environment = { SSL_CERT_FILE: join(folder, 'ca.pem') };
    const { reference, events } = await buildLines(
      dockerfile,
      {},
      {
        hostEnvironment: environment,
        environment: { HTTPS_PROXY: 'http://proxy:1' },
        noCache: true,
      },
      undefined,
      trusting,
    );
    expect(await fileInImage(reference, '/length')).toBe(`${authorities.length}\n`);
    const output = events.flatMap((event) => (event.type === 'step-output' ? event.text : []));
    expect(output.join('')).toContain('[2/2] RUN cat /run/devenv/ca-certificates.crt | wc -c');
    const image = await testEngine().inspectImage(reference);
    expect(JSON.stringify(image?.Config)).not.toContain('/run/devenv');
    const whole = await wholeImage(reference);
    expect(whole).toContain(`${authorities.length}\n`);
    expect(whole).not.toContain(authorities);
    expect(whole).not.toContain('proxy:1');
    await expect(
      buildLines(
        [...dockerfile, 'FRUM x'],
        {},
        { hostEnvironment: environment },
        undefined,
        trusting,
      ),
    ).rejects.toMatchObject({ message: expect.stringContaining('Dockerfile:3: ') as string });
    await expect(
      buildLines(dockerfile, {}, { builder: 'classic' }, undefined, trusting),
    ).rejects.toMatchObject({ code: 'build_failed' });
  });

  it('sends again only what has changed', async () => {
    const folder = await testFolder({ Dockerfile: 'x', changed: 'one' });
    await grow(join(folder, 'big'));
    const dockerfile = [`FROM ${await plainImage(testEngine())}`, 'COPY . /app/'];
    const sizes: number[] = [];
    for (const text of ['one', 'two']) {
      await writeFile(join(folder, 'changed'), text);
      let sent = 0;
      const { reference } = await buildLines(
        dockerfile,
        {},
        {
          report: (event) => {
            if (event.type === 'step-progress') sent = event.current ?? 0;
          },
        },
        folder,
      );
      sizes.push(sent);
      expect(await fileInImage(reference, '/app/changed')).toBe(text);
    }
    expect(sizes[0]).toBeGreaterThan(60 * 1024 * 1024);
    expect(sizes[1]).toBe(0);
  });

  it('takes a file that vanishes before it is sent for an empty one, as docker does', async () => {
    const folder = await testFolder({ Dockerfile: 'x', late: 'gone by then' });
    await grow(join(folder, 'big'));
    const { reference } = await buildLines(
      [`FROM ${await plainImage(testEngine())}`, 'COPY . /app/'],
      {},
      {
        report: (event) => {
          if (event.type === 'step-progress') rmSync(join(folder, 'late'), { force: true });
        },
      },
      folder,
    );
    expect(await fileInImage(reference, '/app/late')).toBe('');
    expect(reference).toContain(':mixed-');
  });

  it('does not take what was cut short while it was sent for what was hashed', async () => {
    const folder = await testFolder({ Dockerfile: 'x' });
    await grow(join(folder, 'a-big'));
    await grow(join(folder, 'late'));
    const notices: string[] = [];
    const { reference } = await buildLines(
      [
        `FROM ${await plainImage(testEngine())}`,
        'COPY . /app/',
        'RUN stat -c %s /app/late > /size',
      ],
      {},
      {
        report: (event) => {
          if (event.type === 'step-progress') truncateSync(join(folder, 'late'), 5);
          if (event.type === 'notice') notices.push(event.text);
        },
      },
      folder,
    );
    expect(await fileInImage(reference, '/size')).toBe('5\n');
    expect(reference).toContain(':mixed-');
    expect(notices).toEqual([expect.stringContaining('changed while it ran')]);
  });

  it('says of what cannot be sent what there is to do', async () => {
    const folder = await testFolder({ Dockerfile: 'x' });
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])]), 'no UTF-8');
    const dockerfile = [`FROM ${await plainImage(testEngine())}`, 'COPY . /app/'];
    await expect(buildLines(dockerfile, {}, {}, folder)).rejects.toMatchObject({
      code: 'build_failed',
      message: expect.stringContaining(`The name of ${folder}`) as string,
      hint: expect.stringContaining('.dockerignore') as string,
    });
  });

  it('is named where the classic builder would have to do it', async () => {
    const dockerfile = [
      `FROM ${await plainImage(testEngine())}`,
      'RUN --mount=type=cache,target=/x true',
      'COPY --link . /',
    ];
    await expect(buildLines(dockerfile, {}, { builder: 'classic' })).rejects.toMatchObject({
      code: 'build_failed',
      diagnostics: [
        { code: 'needs-buildkit', range: { start: { line: 2 } } },
        { code: 'needs-buildkit', range: { start: { line: 3 } } },
      ],
    });
  });

  it('says whose output it is where stages run at once, and which of them failed', async () => {
    const base = await plainImage(testEngine());
    const dockerfile = [
      `FROM ${base} AS one`,
      `RUN for i in 1 2 3 4 5 6; do echo one $i; sleep 0.3; done # ${randomUUID()}`,
      `FROM ${base} AS two`,
      `RUN for i in 1 2 3; do echo two $i; sleep 0.3; done; exit 9`,
      'FROM one',
      'COPY --from=two /etc/passwd /x',
    ];
    const events: ApplyEvent[] = [];
    const failure = await buildLines(
      dockerfile,
      {},
      { report: (event) => events.push(event) },
    ).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'build_failed',
      message: expect.stringMatching(/Dockerfile:4: /) as string,
      details: ['two 1', 'two 2', 'two 3'],
    });
    const output = events.flatMap((event) => (event.type === 'step-output' ? event.text : []));
    expect(output.join('')).toContain('[two 2/2] two 1\n');
  });
});

/** To 64 MiB of zeros. */
async function grow(file: string): Promise<void> {
  await writeFile(file, '');
  await truncate(file, 64 * 1024 * 1024);
}
