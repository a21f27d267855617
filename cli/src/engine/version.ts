/** Put in by scripts/build.mjs. */
declare const DEVENV_VERSION: string | undefined;

/** The version of this program, as in its package.json. */
export const version = typeof DEVENV_VERSION === 'string' ? DEVENV_VERSION : '0.0.0-source';
