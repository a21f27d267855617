/** What is wrong with a Dockerfile before the engine has seen it. */
export interface DockerfileProblem {
  code: 'no-from' | 'no-base' | 'unknown-target' | 'needs-buildkit' | 'needs-newer-buildkit';
  /** One-based. */
  line: number;
  message: string;
  hint: string;
}
