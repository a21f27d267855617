/** The labels on everything devenv makes. They carry the truth; names are for people. */
export const labels = {
  id: 'devenv.id',
  uid: 'devenv.uid',
  root: 'devenv.root',
  file: 'devenv.file',
  environment: 'devenv.environment',
  name: 'devenv.name',
  /** Hash of the container's settings. */
  config: 'devenv.config',
  /** JSON: the hash of each section of the settings, to name what changed. */
  settings: 'devenv.settings',
  /** What the image was made of: an input hash, or an image id. */
  image: 'devenv.image',
  version: 'devenv.version',
  /** JSON of the Account that sessions run as. */
  account: 'devenv.account',
  /** Where the project appears inside. */
  workspace: 'devenv.workspace',
  /** JSON: where the mounted source is on the host and inside. */
  source: 'devenv.source',
  /** On what an administrator's policy confines: see `Confinement`. */
  confined: 'devenv.confined',
  /** On volumes: home or cache. */
  role: 'devenv.role',
  /** On images that devenv built. */
  built: 'devenv.built',
} as const;
