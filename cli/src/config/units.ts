const powers = 'bkmgt';

/** Bytes of `4g`, `512m`, `1.5GiB` or a plain number; in steps of 1024, as Compose counts. */
export function parseSize(text: string): number {
  const [, number, unit = 'b'] = /^([\d.]+) ?([bkmgt])?/i.exec(text) ?? [];
  return Math.floor(Number(number) * 1024 ** powers.indexOf(unit.toLowerCase()));
}

const seconds: Record<string, number> = { d: 86_400, h: 3600, m: 60, s: 1 };

/** Seconds of `1h30m`. */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+)([dhms])/g)];
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * seconds[unit!]!, 0);
}
