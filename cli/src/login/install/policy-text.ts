/** What policy.yaml is at first. */
export function policyText(): string {
  return `# What people who log in through devenv-shell may have on this machine.
`;
}
