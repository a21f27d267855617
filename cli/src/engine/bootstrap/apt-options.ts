/** How this machine's apt reaches its archives. */
export interface AptOptions {
  /** Variables for programs that do not read apt's configuration. */
  proxies: Record<string, string>;
  /** Lines of apt.conf that the image needs to reach the same archives. */
  lines: string[];
}

/** Without these, apt inside would refuse what apt outside accepts, or not get through. */
const carriedOver =
  /^Acquire::(Check-Valid-Until|Check-Date|Max-FutureTime|ForceIPv[46]|https?::(Proxy|Proxy::.+))$/;

/** Reads the output of "apt-config dump". */
export function parseAptOptions(dump: string): AptOptions {
  const settings = dump.split('\n').flatMap((line) => {
    const match = /^(\S+) "(.*)";$/.exec(line);
    return match === null || match[2] === '' ? [] : [[match[1], match[2]] as [string, string]];
  });
  return {
    proxies: Object.fromEntries(
      settings.flatMap(([name, value]) => {
        const scheme = /^Acquire::(https?)::Proxy$/.exec(name)?.[1];
        return scheme === undefined || !isProxy(value) ? [] : [[`${scheme}_proxy`, value]];
      }),
    ),
    lines: settings
      .filter(([name, value]) => carriedOver.test(name) && worksInside(name, value))
      .map(([name, value]) => `${name} "${value}";`),
  };
}

function isProxy(value: string): boolean {
  return /^https?:\/\//.test(value);
}

/** A proxy on this machine's loopback is out of a container's reach; a password is not for images. */
function worksInside(name: string, value: string): boolean {
  if (!name.includes('Proxy') || !isProxy(value)) return true;
  if (!URL.canParse(value)) return false;
  const { hostname, password } = new URL(value);
  return password === '' && !/^(localhost|127\..*|\[::1\])$/.test(hostname);
}
