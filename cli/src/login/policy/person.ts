/** Whom a policy is about: what the host's account database says of them. */
export interface Person {
  uid: number;
  name: string;
  /** Absolute path of the home folder, links followed. */
  home: string;
  /** Names of all groups they are in. */
  groups: string[];
}
