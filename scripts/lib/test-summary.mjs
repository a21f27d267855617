/** Counts of a run, from what Vitest's JSON reporter writes. */
export function summarize(results) {
  const files = results.testResults;
  const tests = files.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ status, fullName }) => ({ file: name, status, fullName })),
  );
  const withStatus = (...wanted) => tests.filter(({ status }) => wanted.includes(status));
  // A file that could not even be loaded has no tests to fail.
  const broken = files.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  return {
    passed: withStatus('passed').length,
    failed: withStatus('failed').length + broken.length,
    skipped: withStatus('skipped', 'pending', 'todo', 'disabled'),
  };
}

/** One line for each reason: how many tests it keeps from running, and which. */
export function describeSkipped(skipped) {
  const groups = new Map();
  for (const { fullName } of skipped) {
    const reason = /\(skipped: (.*?)\)(?= |$)/.exec(fullName)?.[1] ?? 'no reason given';
    groups.set(reason, [...(groups.get(reason) ?? []), fullName]);
  }
  return [...groups].flatMap(([reason, names]) => [
    `skipped ${names.length}: ${reason}`,
    ...names.map((name) => `  - ${name.replace(/ \(skipped: .*?\)(?= |$)/, '')}`),
  ]);
}
