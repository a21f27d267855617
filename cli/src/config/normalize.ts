import { posix } from 'node:path';
import type { Command, Config, Forward, WatchRule } from './config.ts';
import type { Draft } from './draft.ts';
import { readCommand } from './read-command.ts';
import { readImage } from './read-image.ts';
import { readMounts } from './read-mounts.ts';
import { readNetwork } from './read-network.ts';
import { readPorts } from './read-ports.ts';
import { readResources } from './read-resources.ts';
import { readSecrets } from './read-secrets.ts';
import { readSecurity } from './read-security.ts';
import { readEnvironment } from './read-variables.ts';
import { toRecord } from './to-record.ts';
import { parseDuration } from './units.ts';

/** Fills in the defaults. What is wrong goes into the draft, which then makes no Config. */
export function normalize(draft: Draft): Config {
  const { file, project, settings } = draft;
  const workspace = readWorkspace(draft);
  const { mounts, caches } = readMounts(draft, workspace);
  return {
    project: { ...project, name: file.name ?? project.name },
    image: readImage(draft),
    user: file.user === undefined ? 'me' : draft.text(['user']),
    shell: file.shell ?? settings.shell,
    init: file.init === 'image' ? 'image' : 'devenv',
    workspace,
    home: file.home ?? settings.home ?? 'project',
    caches,
    mounts,
    environment: readEnvironment(draft),
    secrets: readSecrets(draft),
    ports: readPorts(draft),
    resources: readResources(draft),
    security: readSecurity(draft),
    network: readNetwork(draft),
    hooks: readHooks(draft),
    tasks: readTasks(draft),
    watch: readWatch(draft),
    forward: readForward({ ...settings.forward, ...file.forward }),
    idleStop: readIdleStop(draft),
  };
}

/** The same path as on the host, or, where that means nothing inside (Windows), one of its own. */
function readWorkspace(draft: Draft): string {
  const { root, name } = draft.project;
  if (draft.file.workspace === undefined)
    return root.startsWith('/') ? root : `/workspaces/${name}`;
  const path = posix.normalize(draft.file.workspace).replace(/(?<=.)\/$/, '');
  if (/^\/(?:(?:proc|sys|dev)(?:\/|$)|$)/.test(path)) {
    const message = `The project cannot appear there: ${draft.quoted(['workspace'])}`;
    draft.error('bad-path', ['workspace'], message, 'For example: /srv/project');
  }
  return path;
}

function readHooks(draft: Draft): Config['hooks'] {
  const hooks: Config['hooks'] = {};
  for (const name of ['create', 'start', 'attach'] as const) {
    const written = draft.file.hooks?.[name];
    if (written !== undefined) hooks[name] = readCommand(draft, written, ['hooks', name]);
  }
  return hooks;
}

function readTasks(draft: Draft): Record<string, Command> {
  const tasks = Object.entries(draft.file.tasks ?? {});
  return toRecord(
    tasks.map(([name, written]) => [name, readCommand(draft, written, ['tasks', name])] as const),
  );
}

function readWatch(draft: Draft): WatchRule[] {
  return (draft.file.watch ?? []).map(({ path, action, run }, index) => ({
    path,
    action: action ?? 'run',
    run: run === undefined ? undefined : readCommand(draft, run, ['watch', index, 'run']),
  }));
}

function readForward(written: Draft['file']['forward'] = {}): Forward {
  return {
    sshAgent: written.ssh_agent ?? true,
    gitCredentials: written.git_credentials ?? true,
    caCertificates: written.ca_certificates ?? true,
    proxy: written.proxy ?? true,
  };
}

function readIdleStop(draft: Draft): number | undefined {
  if (draft.file.idle_stop === undefined) return undefined;
  const seconds = parseDuration(draft.text(['idle_stop']));
  if (seconds === 0) draft.error('bad-value', ['idle_stop'], '"idle_stop" is no time at all.');
  return seconds;
}
