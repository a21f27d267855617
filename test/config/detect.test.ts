import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proposeDevenvYaml } from '../../cli/src/config/detect.ts';
import type { ProjectFile } from '../../cli/src/config/project-kinds.ts';
import { configOf, parse } from './memory-host.ts';

const projectFiles: ProjectFile[] = [
  { name: 'Dockerfile', text: 'FROM x\nEXPOSE 8080 9090/udp $PORT 99999\nexpose 8081\n' },
  {
    name: 'package.json',
    text: '{"engines":{"node":">=20.19"},"scripts":{"test":"x"},"devDependencies":{"vite":"7"}}',
  },
  { name: 'go.mod', text: 'module x\n\ngo 1.22.1\n' },
  { name: 'pyproject.toml', text: '[project]\nrequires-python = ">=3.11"\n' },
  { name: 'requirements.txt', text: 'flask\n' },
  { name: 'Cargo.toml', text: '[package]\nname = "x"\n' },
  { name: 'Gemfile', text: 'ruby "3.3.1"\ngem "rails"\ngem "rspec"\n' },
  { name: 'pom.xml', text: '<maven.compiler.release>17</maven.compiler.release> spring-boot' },
  { name: 'composer.json', text: '{"require-dev":{"phpunit/phpunit":"*"}}' },
];

const lockFiles = ['package-lock.json', 'pnpm-lock.yaml', 'yarn.lock', 'uv.lock', 'poetry.lock'];

function mistakes(files: ProjectFile[], name = 'shop'): string[] {
  const host = Object.fromEntries(files.map((file) => [`/project/${file.name}`, file.text ?? '']));
  const text = proposeDevenvYaml(files, name);
  return parse(text, { files: host }).diagnostics.map(({ message }) => `${message}\n${text}`);
}

/** The Config that a folder with these files would get. */
function proposed(...files: ProjectFile[]) {
  const host = Object.fromEntries(files.map((file) => [`/project/${file.name}`, file.text ?? '']));
  return configOf(proposeDevenvYaml(files, 'shop'), { files: host });
}

const named = (...names: string[]): ProjectFile[] =>
  projectFiles.filter(({ name }) => names.includes(name));

describe('proposeDevenvYaml', { timeout: 60_000 }, () => {
  it('is valid for every combination of project files', () => {
    for (let bits = 0; bits < 2 ** projectFiles.length; bits++) {
      const files = projectFiles.filter((_, index) => bits & (1 << index));
      expect(mistakes(files)).toEqual([]);
      expect(mistakes(files.map(({ name }) => ({ name })))).toEqual([]);
    }
  });

  it.each(lockFiles)('is valid with %s', (lock) => {
    expect(mistakes([...projectFiles.slice(1), { name: lock }])).toEqual([]);
  });

  it('is valid whatever the files hold and whatever the folder is called', () => {
    const content = fc.oneof(fc.string({ unit: 'binary' }), fc.json());
    const file = fc.record({
      name: fc.constantFrom(...projectFiles.map(({ name }) => name)),
      text: content,
    });
    fc.assert(
      fc.property(
        fc.array(file, { maxLength: 4 }),
        fc.string({ unit: 'binary' }),
        (files, name) => {
          expect(mistakes(files, name)).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('takes a plain image where nothing is known', () => {
    const config = proposed();
    expect(config.image).toEqual({ kind: 'image', reference: 'debian:bookworm-slim' });
    expect(config.hooks).toEqual({});
  });

  it.each([
    [
      'package.json',
      'node:20',
      ['/project/node_modules', '~/.npm'],
      'npm install',
      'npm test',
      [5173],
    ],
    [
      'go.mod',
      'golang:1.22',
      ['/go/pkg/mod', '~/.cache/go-build'],
      'go mod download',
      'go test ./...',
      [],
    ],
    [
      'pyproject.toml',
      'python:3.11',
      ['/project/.venv', '~/.cache/pip'],
      'python -m venv .venv && .venv/bin/pip install -e .',
      '.venv/bin/python -m pytest',
      [],
    ],
    [
      'requirements.txt',
      'python:3',
      ['/project/.venv', '~/.cache/pip'],
      'python -m venv .venv && .venv/bin/pip install -r requirements.txt',
      '.venv/bin/python -m pytest',
      [],
    ],
    [
      'Cargo.toml',
      'rust:1',
      ['/project/target', '/usr/local/cargo/registry'],
      'cargo fetch',
      'cargo test',
      [],
    ],
    [
      'Gemfile',
      'ruby:3.3',
      ['/project/vendor/bundle'],
      'bundle install',
      'bundle exec rspec',
      [3000],
    ],
    [
      'pom.xml',
      'maven:3-eclipse-temurin-17',
      ['~/.m2'],
      'mvn -B dependency:go-offline',
      'mvn -B test',
      [8080],
    ],
    [
      'composer.json',
      'composer:2',
      ['/project/vendor', '~/.composer/cache'],
      'composer install',
      'vendor/bin/phpunit',
      [],
    ],
  ])('reads %s', (name, reference, caches, create, test, ports) => {
    const config = proposed(...named(name));
    expect(config.image).toEqual({ kind: 'image', reference });
    expect(config.caches).toEqual(caches);
    expect(config.hooks.create).toEqual({ kind: 'shell', script: create });
    expect(config.tasks.test).toEqual({ kind: 'shell', script: test });
    expect(config.ports.map(({ container }) => container)).toEqual(ports);
  });

  it('builds from a Dockerfile, with the ports it exposes', () => {
    const config = proposed(...named('Dockerfile', 'package.json'));
    expect(config.image).toMatchObject({ kind: 'build', dockerfile: '/project/Dockerfile' });
    expect(config.ports.map(({ container }) => container)).toEqual([8080, 8081, 5173]);
  });

  it.each([
    ['package-lock.json', 'npm ci'],
    ['pnpm-lock.yaml', 'npx --yes pnpm install --frozen-lockfile'],
    ['yarn.lock', 'yarn install'],
  ])('installs as %s asks for', (lock, script) => {
    const config = proposed(...named('package.json'), { name: lock });
    expect(config.hooks.create).toEqual({ kind: 'shell', script });
  });

  it('says what else a project of two kinds needs', () => {
    const text = proposeDevenvYaml(named('package.json', 'go.mod'), 'shop');
    expect(text).toContain('This image has Node.js. For Go too, write a Dockerfile.');
    expect(text).toContain('# for Go: go mod download');
  });
});

it('says which files of other tools it has seen and not used', () => {
  const files = [{ name: '.devcontainer/devcontainer.json' }, { name: 'compose.yaml' }];
  expect(proposeDevenvYaml(files, 'shop')).toContain(
    'Not taken over, have a look yourself: .devcontainer/devcontainer.json, compose.yaml\n',
  );
  expect(proposeDevenvYaml([], 'shop')).not.toContain('Not taken over');
});

it('asks of a Python project one thing only', () => {
  const files = [{ name: 'requirements.txt' }, { name: 'pyproject.toml', text: '[project]\n' }];
  const text = proposeDevenvYaml(files, 'shop');
  expect(text).toContain('pip install -e .');
  expect(text).not.toContain('requirements.txt');
});
