/** The administrator's file; see devenv-schemas/policy.schema.json. */
export const policyFile = '/etc/devenv/policy.yaml';

/** Root's notes on the workspaces of others. */
export const stateFolder = '/var/lib/devenv/login';

export const cacheFolder = '/var/cache/devenv';

/** Where an administrator's own `docker login` is looked for; never in somebody's home. */
export const dockerConfigFolder = '/etc/devenv/docker';

/** Where it is noted that somebody was not let in while there is no sound policy to say where. */
export const usualAuditFile = '/var/log/devenv/audit.log';
