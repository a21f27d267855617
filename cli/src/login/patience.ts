/** Milliseconds that the engine gets to show life, where nothing else goes on. */
const usual = 2_500;

/** And for each other login of this moment: they have the same processors, as has the engine. */
const more = 500;

/** How long ago, in milliseconds, a login was of this moment. */
const moment = 10_000;

/**
 * Milliseconds after which an engine counts as hanging, for one of those who are logged in. Fifty
 * people who come at once keep it busy for longer than one person would be left without a word.
 */
export function patienceAmong(sessions: { since: string }[], now: number): number {
  const fresh = sessions.filter(({ since }) => now - Date.parse(since) < moment).length;
  return usual + more * Math.max(0, fresh - 1);
}
