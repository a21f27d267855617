import type { CommandDefinition, OptionDefinition } from './command-definition.ts';

const sessionOptions: OptionDefinition[] = [
  { flags: '--root', summary: 'as root instead of you' },
  { flags: '--no-hooks', summary: 'enter a running workspace even where a hook has failed' },
];

/** Of what may replace the container. */
const whenIdle: OptionDefinition = {
  flags: '--when-idle',
  summary: 'wait until nobody is attached, in place of ending sessions',
};

const watching: OptionDefinition = {
  flags: '--watch',
  summary: 'then go on as "devenv watch" does',
};

const noCache: OptionDefinition = { flags: '--no-cache', summary: 'build every step anew' };

const pull: OptionDefinition = { flags: '--pull', summary: 'fetch the newest base image first' };

const frozen: OptionDefinition = {
  flags: '--frozen',
  summary: 'fail rather than build the image, for CI',
};

const builder: OptionDefinition = {
  flags: '--builder <BUILDER>',
  summary: 'buildkit or classic; default: BuildKit where the engine has it',
  complete: ['buildkit', 'classic'],
};

/** Every command of the program, in the order help shows them; load-command.ts has their code. */
export const commandTable: CommandDefinition[] = [
  {
    name: 'init',
    group: 'Start',
    summary: 'write a devenv.yaml that suits this folder',
    description:
      'Looks at what the folder holds (Dockerfile, package.json, go.mod, …) and proposes an image, caches and a create hook, each with a comment. An existing file is never overwritten.',
  },
  {
    name: 'up',
    group: 'Start',
    summary: 'create, start or renew the workspace',
    description:
      'Creates or starts the workspace, and replaces it when devenv.yaml or what its image is built from has changed. Home and caches stay; open sessions, and what was put into the container by hand, are asked about first.',
    options: [builder, frozen, whenIdle, watching],
    examples: [
      ['devenv up', 'ready to work in'],
      ['devenv up --dry-run', 'only say what would be done'],
    ],
  },
  {
    name: 'clone',
    group: 'Start',
    summary: 'clone a repository and open a shell in it',
    description:
      'Clones a repository with your own git, brings its workspace up and opens a shell in it. Without a terminal it stops there and prints the folder.',
    args: [
      { name: 'URL', summary: 'what git clone takes' },
      {
        name: 'DIR',
        summary: 'where to; default: the name in the URL',
        optional: true,
        complete: 'folder',
      },
    ],
    examples: [['devenv clone https://git.example.org/shop.git', 'into ./shop']],
  },
  {
    name: 'shell',
    group: 'Work inside',
    summary: 'open a shell in the workspace',
    description:
      'Opens a shell in the workspace, in the folder you are in, creating or starting the workspace if need be. A running workspace is never replaced.',
    options: [
      {
        flags: '-c, --command <CMD>',
        summary: 'run CMD with your shell instead of an interactive one',
      },
      ...sessionOptions,
    ],
    examples: [
      ['devenv shell', 'a shell in the folder you are in'],
      ['devenv shell -c "npm test | tail"', 'one line of shell'],
    ],
    session: true,
  },
  {
    name: 'exec',
    group: 'Work inside',
    summary: 'run a command in the workspace',
    description:
      'Runs a command in the workspace, creating or starting it if need be. Options of devenv come before the command; everything after it is left untouched.',
    args: [{ name: 'CMD', summary: 'the command and its arguments', variadic: true }],
    options: sessionOptions,
    examples: [
      ['devenv exec -- make -j4', 'the exit code is that of make'],
      ['devenv exec ls -la', 'without -- the first word ends devenv’s own options'],
    ],
    session: true,
    passThrough: true,
  },
  {
    name: 'run',
    group: 'Work inside',
    summary: 'run a task of devenv.yaml, or list them',
    description:
      'Runs a task of devenv.yaml in the workspace, creating or starting it if need be. Without a name, lists the tasks.\n\nA task runs in the folder that corresponds to the one you are in, so ./script.sh is looked for there; $DEVENV_ROOT is the folder of the project inside.',
    args: [
      { name: 'TASK', summary: 'its name under "tasks"', optional: true, complete: 'task' },
      { name: 'ARGS', summary: 'further arguments for it', optional: true, variadic: true },
    ],
    options: sessionOptions,
    examples: [
      ['devenv run lint', 'what "tasks: {lint: eslint .}" says'],
      ['devenv run lint -- --fix', 'the same with a further argument: eslint . --fix'],
    ],
    session: true,
  },
  {
    name: 'build',
    group: 'Life cycle',
    summary: 'build the image alone, or share it with --push',
    description:
      'Builds the image unless it is on the engine or in the registry already, and prints its name; the workspace stays as it is. With "registry" under "build", the name is made of the hash of what the image is built from: pushed once, it is pulled by every "up" and "rebuild" that would build the same.',
    options: [
      { flags: '--push', summary: 'push it to build.registry' },
      noCache,
      pull,
      builder,
      frozen,
    ],
    examples: [
      ['devenv build --push', 'in CI, after a change of the Dockerfile'],
      ['docker run -it "$(devenv build)"', 'the image elsewhere'],
    ],
  },
  {
    name: 'rebuild',
    group: 'Life cycle',
    summary: 'build the image again, replace the container',
    description:
      'Builds the image again and replaces the container by a new one. Home and caches stay; open sessions, and what was put into the container by hand, are asked about first. When anything fails, the old container is there again.',
    options: [noCache, pull, builder, frozen, whenIdle],
  },
  {
    name: 'watch',
    group: 'Life cycle',
    summary: 'keep the workspace up to date while you edit',
    description:
      'Brings the workspace up, and then up to date after each change of devenv.yaml, of what its image is built from and of what a rule under "watch" names; a file saved unchanged changes nothing. While sessions are attached it waits for their end; r on the terminal does it at once. Ctrl-C ends the watching, and the workspace goes on.',
    examples: [
      ['devenv watch', 'one line for each change'],
      ['devenv watch --json', 'one JSON object a line, for tools'],
    ],
  },
  {
    name: 'restart',
    group: 'Life cycle',
    summary: 'stop the workspace and start it again',
  },
  {
    name: 'stop',
    group: 'Life cycle',
    summary: 'stop the workspace; nothing is lost',
  },
  {
    name: 'down',
    group: 'Life cycle',
    summary: 'remove the container; home and caches stay',
    options: [{ flags: '--volumes', summary: 'remove home and caches too, after asking' }],
  },
  {
    name: 'ls',
    group: 'Look',
    summary: 'list all your workspaces',
  },
  {
    name: 'status',
    group: 'Look',
    summary: 'show state, ports, sessions, what is outdated',
    description:
      'Shows the workspace of this folder: state, ports, sessions, and what "devenv up" would change.',
  },
  {
    name: 'logs',
    group: 'Look',
    summary: 'print what the container or the last build wrote',
    options: [
      { flags: '-f, --follow', summary: 'go on as more is written' },
      { flags: '-n, --tail <LINES>', summary: 'only the last LINES lines' },
      { flags: '--build', summary: 'the output of the last build of the image instead' },
    ],
  },
  {
    name: 'ports',
    group: 'Look',
    summary: 'list the published ports',
  },
  {
    name: 'plan',
    group: 'Look',
    summary: 'print what "devenv up" would do, and why',
  },
  {
    name: 'config',
    group: 'Look',
    summary: 'print the resolved configuration',
  },
  {
    name: 'config check',
    group: 'Look',
    summary: 'only check the devenv file and your settings; exit code 2 when something is wrong',
  },
  {
    name: 'doctor',
    group: 'This machine',
    summary: 'say what is found here, what is missing, and the fix',
    description:
      'Says which engines were tried and why each failed, what else is missing here, and how to fix it.',
  },
  {
    name: 'engine status',
    group: 'This machine',
    summary: 'say which engine is used and whether devenv’s own runs',
  },
  {
    name: 'engine start',
    group: 'This machine',
    summary: 'start a private engine of your own',
    options: [
      { flags: '--install', summary: 'install the distribution’s package first, if there is none' },
    ],
  },
  {
    name: 'engine stop',
    group: 'This machine',
    summary: 'stop that private engine; what it holds stays',
    description:
      'Stops that private engine and the workspaces that run on it, and says which. Open sessions are asked about first.',
  },
  {
    name: 'image ls',
    group: 'This machine',
    summary: 'list the images devenv made, and who uses them',
  },
  {
    name: 'image bootstrap',
    group: 'This machine',
    summary: 'make a base image from the distribution’s packages, without an image registry',
    args: [{ name: 'REFERENCE', summary: 'debian:SUITE, debian:SUITE-slim or ubuntu:SUITE' }],
    options: [{ flags: '--force', summary: 'build it even where there is one of that name' }],
    examples: [
      [
        'devenv image bootstrap debian:bookworm-slim',
        'then "image: debian:bookworm-slim" works offline',
      ],
    ],
  },
  {
    name: 'prune',
    group: 'This machine',
    summary: 'remove what no folder and no workspace uses',
    description:
      'Removes workspaces whose folder is gone and images of devenv that no workspace uses. Lists them first, asks, and says how much was freed.',
  },
  {
    name: 'completion',
    group: 'This machine',
    summary: 'print a completion script',
    args: [{ name: 'SHELL', summary: 'bash, zsh or fish', complete: ['bash', 'zsh', 'fish'] }],
    examples: [
      ['source <(devenv completion bash)', 'in ~/.bashrc'],
      ['source <(devenv completion zsh)', 'in ~/.zshrc, after compinit'],
      ['devenv completion fish | source', 'in ~/.config/fish/config.fish'],
    ],
  },
  {
    name: 'login install',
    group: 'Shared hosts',
    summary: 'set this machine up so that ssh leads into workspaces; root only',
    description:
      'Sets this machine up so that people of the group devenv, who need no access to the engine, get a workspace of their own when they log in through ssh. Shows each file it will write and asks; a file it has not written, or that was changed since, is left alone. Reloading sshd is left to you.',
    options: [
      { flags: '--timer', summary: 'with a systemd timer that stops idle workspaces' },
      {
        flags: '--ssh-agent',
        summary: 'let forwarded ssh agents through, where the policy allows it',
      },
      { flags: '--replace', summary: 'write over files that devenv has not written' },
    ],
    examples: [
      ['devenv login install --dry-run', 'every file, with its text'],
      ['devenv login install --timer', 'the whole of it'],
    ],
  },
  {
    name: 'login uninstall',
    group: 'Shared hosts',
    summary: 'remove what "login install" has written; root only',
    description:
      'Removes what "devenv login install" has written. Files that were changed since, the audit log and the workspaces stay.',
  },
  {
    name: 'login check',
    group: 'Shared hosts',
    summary: 'show what somebody would get, and why',
    description:
      'Reads the policy and, with the rights of that person, their repository, and says what a login would be given or why it would be denied. Starts nothing.',
    args: [
      { name: 'USER', summary: 'an account on this host' },
      {
        name: 'REPO',
        summary: 'the repository they would name; default: the policy’s',
        optional: true,
      },
    ],
    examples: [
      ['devenv login check ann', 'what "ssh HOST" gives ann'],
      ['devenv login check ann @shop', 'what "ssh HOST @shop" gives ann'],
    ],
  },
  {
    name: 'login sessions',
    group: 'Shared hosts',
    summary: 'list who is in which workspace, and since when',
  },
  {
    name: 'login reap',
    group: 'Shared hosts',
    summary: 'stop workspaces that nobody has been in for long',
    description:
      'Stops the workspaces behind the login shell that nobody has been in for as long as idle_stop in the policy says. For cron, or the timer that "devenv login install --timer" writes.',
  },
  {
    name: 'login import-dockersh',
    group: 'Shared hosts',
    summary: 'turn a configuration of dockersh into a policy',
    description:
      'Prints the policy that a configuration of dockersh amounts to. What has no place in a policy stands in comments at its top, with the reason.',
    args: [{ name: 'FILE', summary: 'mostly /etc/dockershrc', complete: 'file' }],
    examples: [
      ['devenv login import-dockersh /etc/dockershrc > policy.yaml', 'to read, then to install'],
    ],
  },
  {
    name: '__login-broker',
    group: undefined,
    summary: 'what the login shell becomes, as root',
  },
  {
    name: '__login-agent',
    group: undefined,
    summary: 'what offers a forwarded ssh agent, as its person',
  },
  {
    name: '__login-context',
    group: undefined,
    summary: 'what reads the files of a build for it, as its person',
  },
  {
    name: '__login-read',
    group: undefined,
    summary: 'what reads a repository for it, as its person',
  },
  {
    name: '__complete',
    group: undefined,
    summary: 'names for the completion scripts',
    args: [{ name: 'KIND', summary: 'task or workspace', complete: ['task', 'workspace'] }],
  },
];

/** The words before a name that is two words: `devenv engine …`. */
export const commandFamilies: Record<string, string> = {
  engine: 'find, start and stop the engine',
  image: 'make and list images',
  login: 'let people in by ssh, each into a container, under a policy',
};
