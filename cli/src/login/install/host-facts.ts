/** What the machine has to offer, before anything is written. */
export interface HostFacts {
  /** Real path of the node that runs this. */
  node: string;
  /** Files and folders that the broker relies on and others than root could change. */
  writable: string[];
  /** Files and folders on the way to node that only root can read. */
  closed: string[];
  /** Programs that are needed and not there. */
  missing: { program: string; from: string }[];
  /** Whether /bin/sh can leave the environment unread: sh -p. */
  shellIsPrivate: boolean;
  /** Whether /etc/sudoers reads the folder of the drop-in. */
  sudoersIncludes: boolean;
  sshd: SshdFacts | undefined;
  /** The text of the policy; '' where there is none yet. */
  policy: string;
}

/** undefined as a whole where sshd is not installed. */
export interface SshdFacts {
  /** Whether its configuration reads the folder of the drop-in, outside of any Match block. */
  includes: boolean;
  /** What `sshd -T` prints, as a map; or what it complains about. */
  settings: Map<string, string> | { complaint: string[] };
}
