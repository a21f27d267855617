const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** `0.4s`, `1m 05s`, `2h 03m`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < minute) return `${(Math.max(0, milliseconds) / second).toFixed(1)}s`;
  const [large, small, units] = milliseconds < hour ? [minute, second, 'ms'] : [hour, minute, 'hm'];
  const rest = Math.floor((milliseconds % large) / small);
  return `${Math.floor(milliseconds / large)}${units[0]} ${String(rest).padStart(2, '0')}${units[1]}`;
}

/** `under a minute`, `5 minutes`, `2 days`: how long ago an ISO 8601 time was. */
export function formatAge(time: string, now: number): string {
  const age = now - Date.parse(time);
  for (const [unit, length] of [
    ['day', day],
    ['hour', hour],
    ['minute', minute],
  ] as const) {
    const count = Math.floor(age / length);
    if (count > 0) return `${count} ${unit}${count === 1 ? '' : 's'}`;
  }
  return 'under a minute';
}

/** `812 B`, `45.2 MB`, in powers of 1000 as the engine counts. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
