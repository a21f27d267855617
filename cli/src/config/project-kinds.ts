/** A file in the project's folder, with its text where it was read. */
export interface ProjectFile {
  name: string;
  text?: string | undefined;
}

/** What a devenv file for one kind of project may say. */
export interface Proposal {
  image: string;
  caches: string[];
  environment?: Record<string, string>;
  create: string;
  tasks: Record<string, string>;
  ports: number[];
}

interface ProjectKind {
  /** For people: `Node.js`. */
  title: string;
  /** The file that gives such a project away. */
  marker: string;
  propose: (text: string, names: ReadonlySet<string>) => Proposal;
}

/**
 * In the order in which they decide on the image where a project is of several kinds; of two with
 * one title the first counts.
 */
export const projectKinds: readonly ProjectKind[] = [
  { title: 'Node.js', marker: 'package.json', propose: node },
  { title: 'Go', marker: 'go.mod', propose: go },
  { title: 'Python', marker: 'pyproject.toml', propose: python },
  { title: 'Python', marker: 'requirements.txt', propose: requirements },
  { title: 'Rust', marker: 'Cargo.toml', propose: rust },
  { title: 'Ruby', marker: 'Gemfile', propose: ruby },
  { title: 'Java', marker: 'pom.xml', propose: java },
  { title: 'PHP', marker: 'composer.json', propose: php },
];

/** The port each of these serves on while one develops with it. */
const devServers: Record<string, number> = {
  '@angular/cli': 4200,
  astro: 4321,
  express: 3000,
  next: 3000,
  nuxt: 3000,
  'react-scripts': 3000,
  vite: 5173,
};

function node(text: string, names: ReadonlySet<string>): Proposal {
  const manifest = readManifest(text);
  const { node: engine } = part(manifest, 'engines');
  const used = [
    ...Object.keys(part(manifest, 'dependencies')),
    ...Object.keys(part(manifest, 'devDependencies')),
  ];
  const ports = used.filter((name) => Object.hasOwn(devServers, name));
  const common = {
    image: `node:${version(/(\d{1,3})/, typeof engine === 'string' ? engine : '', '22')}`,
    ports: [...new Set(ports.map((name) => devServers[name]!))].slice(0, 1),
  };
  const tasks = (run: string): Record<string, string> =>
    'test' in part(manifest, 'scripts') ? { test: run } : {};
  if (names.has('pnpm-lock.yaml')) {
    const create = 'npx --yes pnpm install --frozen-lockfile';
    const caches = ['node_modules', '~/.local/share/pnpm', '~/.npm'];
    return { ...common, caches, create, tasks: tasks('npx --yes pnpm test') };
  }
  if (names.has('yarn.lock')) {
    const caches = ['node_modules', '~/.cache/yarn'];
    return { ...common, caches, create: 'yarn install', tasks: tasks('yarn test') };
  }
  const create = names.has('package-lock.json') ? 'npm ci' : 'npm install';
  return { ...common, caches: ['node_modules', '~/.npm'], create, tasks: tasks('npm test') };
}

function go(text: string): Proposal {
  return {
    image: `golang:${version(/^go (\d+\.\d+)/m, text, '1')}`,
    caches: ['/go/pkg/mod', '~/.cache/go-build'],
    create: 'go mod download',
    tasks: { test: 'go test ./...' },
    ports: [],
  };
}

function python(text: string, names: ReadonlySet<string>): Proposal {
  const isPackage = /^\[(?:build-system|project)\]/m.test(text);
  const virtual = 'python -m venv .venv';
  const common = {
    image: `python:${version(/^requires-python *= *["'][^0-9]*(\d+\.\d+)/m, text, '3')}`,
    caches: ['.venv', '~/.cache/pip'],
    tasks: { test: '.venv/bin/python -m pytest' },
    ports: [],
  };
  if (names.has('uv.lock')) {
    const create = `${virtual} && .venv/bin/pip install uv && .venv/bin/uv sync`;
    return { ...common, create };
  }
  if (names.has('poetry.lock')) {
    const create = `${virtual} && .venv/bin/pip install poetry && .venv/bin/poetry install`;
    return { ...common, create };
  }
  return { ...common, create: isPackage ? `${virtual} && .venv/bin/pip install -e .` : virtual };
}

function requirements(): Proposal {
  return {
    image: 'python:3',
    caches: ['.venv', '~/.cache/pip'],
    create: 'python -m venv .venv && .venv/bin/pip install -r requirements.txt',
    tasks: { test: '.venv/bin/python -m pytest' },
    ports: [],
  };
}

function rust(): Proposal {
  return {
    image: 'rust:1',
    caches: ['target', '/usr/local/cargo/registry'],
    create: 'cargo fetch',
    tasks: { test: 'cargo test' },
    ports: [],
  };
}

function ruby(text: string): Proposal {
  return {
    image: `ruby:${version(/^ruby ["'](\d+\.\d+)/m, text, '3')}`,
    caches: ['vendor/bundle'],
    environment: { BUNDLE_PATH: 'vendor/bundle' },
    create: 'bundle install',
    tasks: /rspec/.test(text) ? { test: 'bundle exec rspec' } : { test: 'bundle exec rake test' },
    ports: /^ *gem ["']rails["']/m.test(text) ? [3000] : [],
  };
}

function java(text: string): Proposal {
  const release = /<(?:maven\.compiler\.(?:release|source)|java\.version)>(8|11|17|21)</;
  return {
    image: `maven:3-eclipse-temurin-${version(release, text, '21')}`,
    caches: ['~/.m2'],
    create: 'mvn -B dependency:go-offline',
    tasks: { test: 'mvn -B test' },
    ports: /spring-boot/.test(text) ? [8080] : [],
  };
}

function php(text: string): Proposal {
  return {
    image: 'composer:2',
    caches: ['vendor', '~/.composer/cache'],
    create: 'composer install',
    tasks: /phpunit\/phpunit/.test(text) ? { test: 'vendor/bin/phpunit' } : {},
    ports: [],
  };
}

/** The version a text asks for, or else the usual one. */
function version(pattern: RegExp, text: string, usual: string): string {
  return pattern.exec(text)?.[1] ?? usual;
}

/** A manifest that cannot be read gives no hints; what is wrong with it, its own tool will say. */
function readManifest(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A part of a manifest; empty where there is none, or something else in its place. */
function part(manifest: unknown, key: string): Record<string, unknown> {
  const value = (manifest as Record<string, unknown> | null | undefined)?.[key];
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
