/** Facts about this installation of devenv that end up in what it makes. */
export interface Installation {
  version: string;
  /** Host folder that a workspace's container sees at /run/devenv. */
  runFolder: string;
}
