import { places } from './places.ts';

/** Stops workspaces that nobody has used for as long as the policy says. */
export function reapServiceText(node: string): string {
  return `# Written by "devenv login install --timer".
[Unit]
Description=Stop devenv workspaces that nobody uses

[Service]
Type=oneshot
Environment=XDG_CACHE_HOME=${places.cache}
ExecStart=${node} ${places.program} login reap
`;
}

export function reapTimerText(): string {
  return `# Written by "devenv login install --timer".
[Unit]
Description=Stop devenv workspaces that nobody uses, every 10 minutes

[Timer]
OnBootSec=10min
OnUnitActiveSec=10min

[Install]
WantedBy=timers.target
`;
}
