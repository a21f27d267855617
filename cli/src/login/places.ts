/** The administrator's file; see devenv-schemas/policy.schema.json. */
export const policyFile = '/etc/devenv/policy.yaml';

/** Root's notes on the workspaces of others. */
export const stateFolder = '/var/lib/devenv/login';

/** Root's, and gone with the machine: who is logged in now. */
export const sessionsFolder = '/run/devenv-login/sessions';

export const cacheFolder = '/var/cache/devenv';

/**
 * XDG_CACHE_HOME of every process of the door, be it a person's: devenv runs what Node has compiled
 * before, and in a home, which may be mounted inside, that would be code of the person's.
 */
export const cacheHome = '/var/cache';

/** Where an administrator's own `docker login` is looked for; never in somebody's home. */
export const dockerConfigFolder = '/etc/devenv/docker';

/** Where it is noted that somebody was not let in while there is no sound policy to say where. */
export const usualAuditFile = '/var/log/devenv/audit.log';
