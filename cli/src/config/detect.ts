import { type ProjectFile, type Proposal, projectKinds } from './project-kinds.ts';

/** What works everywhere, also where "devenv image bootstrap" has to build it. */
const plainImage = 'debian:bookworm-slim';

/**
 * Writes a commented devenv.yaml for a folder, out of what lies in it: a Dockerfile, and the
 * manifests of the usual languages. The result is valid as it stands.
 */
export function proposeDevenvYaml(files: readonly ProjectFile[], projectName: string): string {
  const texts = new Map(files.map(({ name, text = '' }) => [name, text]));
  const names = new Set(texts.keys());
  const found = projectKinds
    .filter(({ marker }) => names.has(marker))
    .filter(({ title }, index, all) => all.findIndex((kind) => kind.title === title) === index)
    .map(({ title, marker, propose }) => ({ title, ...propose(texts.get(marker)!, names) }));
  const dockerfile = texts.get('Dockerfile');
  const ports = dockerfile === undefined ? [] : exposedPorts(dockerfile);
  for (const proposal of found) ports.push(...proposal.ports);
  return [
    heading(projectName),
    ...unusedPart(names),
    imagePart(found, dockerfile !== undefined),
    cachesPart(found),
    portsPart([...new Set(ports)]),
    environmentPart(found),
    hooksPart(found),
    tasksPart(found),
    furtherPart,
  ].join('\n');
}

/** Files of other tools that say what this one should, for a person to carry over. */
const unused = [
  '.devcontainer/devcontainer.json',
  '.devcontainer.json',
  'compose.yaml',
  'docker-compose.yml',
];

function unusedPart(names: ReadonlySet<string>): string[] {
  const seen = unused.filter((name) => names.has(name));
  return seen.length === 0 ? [] : [`# Not taken over, have a look yourself: ${seen.join(', ')}\n`];
}

type Found = Proposal & { title: string };

function heading(projectName: string): string {
  return `# The container this project is worked on in.
# "devenv shell" opens a shell in it, "devenv up" makes it follow a change of this file.

# name: ${JSON.stringify(projectName)}   # default: the folder's name
`;
}

function imagePart(found: Found[], hasDockerfile: boolean): string {
  if (hasDockerfile) {
    return 'build: .   # the Dockerfile here; or a ready image instead: "image: debian:bookworm"\n';
  }
  const [first, ...others] = found;
  const lines = [`image: ${first?.image ?? plainImage}   # or "build: .", with a Dockerfile`];
  if (others.length > 0) {
    const titles = others.map(({ title }) => title).join(' and ');
    lines.unshift(`# This image has ${first!.title}. For ${titles} too, write a Dockerfile.`);
  }
  return `${lines.join('\n')}\n`;
}

function cachesPart(found: Found[]): string {
  const caches = found.flatMap((proposal) => proposal.caches);
  const line =
    caches.length === 0 ? '# caches: [~/.cache]' : `caches: [${[...new Set(caches)].join(', ')}]`;
  return `# Folders kept in volumes: quick on every system, and they survive a rebuild.\n${line}\n`;
}

function portsPart(ports: number[]): string {
  const line = ports.length === 0 ? '# ports: [3000]' : `ports: [${ports.join(', ')}]`;
  return `# Reachable from this host. 3000 takes the next free port when 3000 is taken,
# "8080:80" is exactly 8080 outside.
${line}
`;
}

function environmentPart(found: Found[]): string {
  const variables = Object.assign({}, ...found.map(({ environment }) => environment)) as object;
  const pairs = Object.entries(variables).map(([name, value]) => `  ${name}: ${value}`);
  if (pairs.length === 0) return '# environment: {GREETING: hello}\n# env_file: .env.dev\n';
  return `environment:\n${pairs.join('\n')}\n# env_file: .env.dev\n`;
}

function hooksPart(found: Found[]): string {
  const [first, ...others] = found;
  if (first === undefined) {
    return '# hooks:\n#   create: ./setup.sh   # once for each container, until it succeeds\n';
  }
  const lines = [
    'hooks:',
    `  create: ${first.create}   # once for each container, until it succeeds`,
    ...others.map(({ title, create }) => `  # for ${title}: ${create}`),
  ];
  return `${lines.join('\n')}\n`;
}

function tasksPart(found: Found[]): string {
  const tasks = Object.entries(found[0]?.tasks ?? {});
  if (tasks.length === 0) return '# tasks:\n#   test: make test   # devenv run test\n';
  const lines = tasks.map(([name, command]) => `  ${name}: ${command}   # devenv run ${name}`);
  return `tasks:\n${lines.join('\n')}\n`;
}

const furtherPart = `# user: me         # your uid, gid and name; or root, or a name in the image
# home: project    # a home of this project's own; or user, host, none
# cpus: 2
# mem_limit: 4g
# volumes: ["./data:/data:ro"]
# secrets: {API_TOKEN: {environment: API_TOKEN}}
`;

/** The ports of EXPOSE lines; those that hold a variable are left out. */
function exposedPorts(dockerfile: string): number[] {
  const words = [...dockerfile.matchAll(/^[ \t]*EXPOSE[ \t]+(.+)$/gim)].flatMap(([, list]) =>
    list!.trim().split(/\s+/),
  );
  return words
    .map((word) => Number(/^(\d{1,5})(?:\/tcp)?$/i.exec(word)?.[1]))
    .filter((port) => port >= 1 && port <= 65535);
}
