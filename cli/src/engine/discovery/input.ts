/** What discovery looks at beside the disk. */
export interface DiscoveryInput {
  /** From `--host`. */
  host?: string;
  environment: Record<string, string | undefined>;
  home: string;
  uid: number;
  platform: NodeJS.Platform;
  /** `engine` of the person's settings. */
  settingsEngine?: string;
}
