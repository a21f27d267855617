import type { CommandFunction } from './context.ts';

/** Reads the module of one command of command-table.ts, and nothing of the others. */
export function loadCommand(name: string): Promise<CommandFunction> {
  const load = loaders[name];
  if (load === undefined) throw new Error(`no code for the command "${name}"`);
  return load();
}

const loaders: Record<string, () => Promise<CommandFunction>> = {
  init: async () => (await import('./init.ts')).init,
  up: async () => (await import('./up.ts')).up,
  clone: async () => (await import('./clone.ts')).clone,
  shell: async () => (await import('./shell.ts')).shell,
  exec: async () => (await import('./exec.ts')).exec,
  run: async () => (await import('./run.ts')).run,
  watch: async () => (await import('./watch.ts')).watch,
  build: async () => (await import('./build.ts')).build,
  rebuild: async () => (await import('./rebuild.ts')).rebuild,
  restart: async () => (await import('./restart.ts')).restart,
  stop: async () => (await import('./stop.ts')).stop,
  down: async () => (await import('./down.ts')).down,
  ls: async () => (await import('./ls.ts')).ls,
  status: async () => (await import('./status.ts')).status,
  logs: async () => (await import('./logs.ts')).logs,
  ports: async () => (await import('./ports.ts')).ports,
  plan: async () => (await import('./plan.ts')).plan,
  config: async () => (await import('./config.ts')).config,
  'config check': async () => (await import('./config-check.ts')).configCheck,
  doctor: async () => (await import('./doctor.ts')).doctor,
  'engine status': async () => (await import('./engine-status.ts')).engineStatus,
  'engine start': async () => (await import('./engine-start.ts')).engineStart,
  'engine stop': async () => (await import('./engine-stop.ts')).engineStop,
  'image ls': async () => (await import('./image-ls.ts')).imageLs,
  'image bootstrap': async () => (await import('./image-bootstrap.ts')).imageBootstrap,
  prune: async () => (await import('./prune.ts')).prune,
  'login install': async () => (await import('./login-install.ts')).loginInstall,
  'login uninstall': async () => (await import('./login-uninstall.ts')).loginUninstall,
  'login check': async () => (await import('./login-check.ts')).loginCheck,
  'login sessions': async () => (await import('./login-sessions.ts')).loginSessions,
  'login reap': async () => (await import('./login-reap.ts')).loginReap,
  'login import-dockersh': async () =>
    (await import('./login-import-dockersh.ts')).loginImportDockersh,
  '__login-broker': async () => (await import('./login-broker.ts')).loginBroker,
  '__login-agent': async () => (await import('./login-agent.ts')).loginAgent,
  '__login-context': async () => (await import('./login-context.ts')).loginContext,
  '__login-read': async () => (await import('./login-read.ts')).loginRead,
  __complete: async () => (await import('./complete.ts')).complete,
};
