import { defaultPolicyText } from '../policy/default-policy.ts';
import type { Check } from './change.ts';
import { brokerText } from './broker-text.ts';
import { ownBrokerText } from './own-broker-text.ts';
import { places } from './places.ts';
import type { ProgramFile } from './program-files.ts';
import { sshdText } from './sshd-text.ts';
import { sudoersText } from './sudoers-text.ts';
import { reapServiceText, reapTimerText } from './timer-text.ts';
import { wrapperText } from './wrapper-text.ts';

/** What there is to be on the machine. */
export interface Wanted {
  folders: WantedFolder[];
  files: WantedFile[];
}

export interface WantedFolder {
  path: string;
  mode: number;
  reason: string;
}

export interface WantedFile extends WantedFolder {
  content: Buffer;
  /** Whatever is there stays. */
  keep?: true;
  check?: Check;
}

export interface WantedInput {
  /** Real path of the node that runs the broker. */
  node: string;
  program: ProgramFile[];
  /** Whether sshd is there to be told. */
  sshd: boolean;
  timer: boolean;
  /** Whether the ssh agents that people forward come through, where the policy lets them. */
  sshAgent: boolean;
  /** Whether people have engines of their own, so that nothing is done as root. */
  own: boolean;
}

export function wantedInstall(input: WantedInput): Wanted {
  const { node, program, sshd, timer, sshAgent, own } = input;
  const files: WantedFile[] = program.map(({ path, content }) => ({
    path: `${places.library}/${path}`,
    mode: 0o644,
    reason: 'the program, where nobody but root can change it',
    content,
  }));
  const add = (path: string, mode: number, text: string, rest: Rest): void => {
    files.push({ path, mode, content: Buffer.from(text), ...rest });
  };
  if (own) {
    const text = ownBrokerText(node, { sshAgent });
    add(places.broker, 0o755, text, { reason: 'starts the broker, as whoever logs in' });
  } else {
    add(places.broker, 0o755, brokerText(node), { reason: 'starts the broker, as root' });
  }
  if (timer) {
    add(places.reapService, 0o644, reapServiceText(node), { reason: 'stops idle workspaces' });
    add(places.reapTimer, 0o644, reapTimerText(), { reason: 'does so every 10 minutes' });
  }
  add(places.policy, 0o644, defaultPolicyText, { reason: 'what people may have', keep: true });
  if (!own) {
    add(places.sudoers, 0o440, sudoersText({ sshAgent }), {
      reason: 'lets the group start the broker as root, and nothing else',
      check: 'sudoers',
    });
  }
  add(places.shell, 0o755, wrapperText({ own }), { reason: 'the login shell' });
  if (sshd) {
    add(places.sshd, 0o644, sshdText({ sshAgent }), {
      reason: 'gives the group that shell, and no forwarding',
      check: 'sshd',
    });
  }
  return { folders: wantedFolders(sshd), files };
}

type Rest = Pick<WantedFile, 'reason' | 'keep' | 'check'>;

function wantedFolders(sshd: boolean): WantedFolder[] {
  const folders = [
    { path: places.library, mode: 0o755, reason: 'for the program' },
    { path: `${places.library}/bin`, mode: 0o755, reason: 'for the program' },
    { path: `${places.library}/dist`, mode: 0o755, reason: 'for the program' },
    { path: '/etc/devenv', mode: 0o755, reason: 'for the policy' },
    { path: '/var/lib/devenv', mode: 0o755, reason: 'for what devenv remembers' },
    { path: places.state, mode: 0o711, reason: 'for what the broker remembers' },
    { path: places.log, mode: 0o750, reason: 'for the audit log' },
  ];
  if (sshd) {
    folders.push({ path: '/etc/ssh/sshd_config.d', mode: 0o755, reason: 'for sshd’s settings' });
  }
  return folders;
}
