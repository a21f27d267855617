/** What is known when an instruction is read. */
export interface Before {
  /** The names of the stages so far, in lower case; their numbers where they have none. */
  stages: string[];
  /** Fills in what the ARGs before the first FROM say. */
  expand: (text: string) => string;
}

/** What stands behind the keyword, as it is to be sent, or why it is not sent. */
export type Judged =
  | {
      text: string;
      /** An image that it takes from. */
      image?: string | undefined;
      /** The stage that begins with it. */
      stage?: string;
    }
  | { problem: string };

/**
 * Judges one instruction by itself. What it lets through names images and stages in plain letters,
 * has no address that the engine would fetch in the place of the person, and no label of ours.
 */
export function judgeInstruction(keyword: string, rest: string, before: Before): Judged {
  const judge = judges.get(keyword);
  if (judge === undefined) return { problem: `${keyword || 'This'} is no instruction.` };
  return judge(rest, before);
}

type Judge = (rest: string, before: Before) => Judged;

const asWritten: Judge = (rest) => ({ text: rest });

const judges = new Map<string, Judge>([
  ...['ARG', 'CMD', 'ENTRYPOINT', 'ENV', 'EXPOSE', 'HEALTHCHECK', 'MAINTAINER', 'SHELL']
    .concat('STOPSIGNAL', 'USER', 'WORKDIR')
    .map((keyword): [string, Judge] => [keyword, asWritten]),
  ['FROM', judgeFrom],
  ['RUN', judgeRun],
  ['COPY', judgeCopy],
  ['ADD', judgeAdd],
  ['LABEL', judgeLabel],
  // By a link it would be mounted over what has to stay the engine's.
  ['VOLUME', () => ({ problem: 'VOLUME cannot be used here: see "volumes" in devenv.yaml.' })],
  // It would be run where nobody looks at it any more.
  ['ONBUILD', () => ({ problem: 'ONBUILD cannot be used here.' })],
]);

const from =
  /^(?:--platform=(?<platform>\S+)[ \t]+)?(?<image>[^\s-]\S*)(?:[ \t]+as[ \t]+(?<stage>[a-z][\w.-]*))?$/i;

/** Nothing that two readers could read in two ways. */
const plainReference = /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/;

function judgeFrom(rest: string, { stages, expand }: Before): Judged {
  const { platform, image, stage } = from.exec(rest)?.groups ?? {};
  if (image === undefined) return { problem: `"FROM ${rest}" cannot be read.` };
  const reference = expand(image);
  if (!plainReference.test(reference)) {
    return { problem: `"FROM ${image}" comes to "${reference}", which names no image.` };
  }
  const wanted = platform === undefined ? '' : expand(platform);
  if (!/^[a-z0-9/]*$/.test(wanted)) return { problem: `"${wanted}" is no platform.` };
  const name = stage?.toLowerCase() ?? String(stages.length);
  const isKnown = reference === 'scratch' || isStage(reference, stages);
  return {
    text: `${wanted && `--platform=${wanted} `}${reference}${stage === undefined ? '' : ` AS ${name}`}`,
    image: isKnown ? undefined : reference,
    stage: name,
  };
}

/** FROM knows stages by name alone; a number would be an image. */
function isStage(name: string, stages: string[]): boolean {
  return !/^\d+$/.test(name) && stages.includes(name.toLowerCase());
}

function judgeRun(rest: string): Judged {
  const flag = /^--[a-z]*/.exec(rest)?.[0];
  if (flag !== undefined) return needsBuildKit(`RUN ${flag}`);
  return hasHeredoc(rest) ? needsBuildKit('RUN <<') : { text: rest };
}

const copyFlags = /^((?:--(?:from|chown)=[A-Za-z0-9_.:/@-]+[ \t]+)*)([!-~].*)$/s;

/** The flags, and what stands behind them. */
function readCopy(keyword: string, rest: string): { flags: string; paths: string } | Judged {
  const [, flags = '', paths = ''] = copyFlags.exec(rest) ?? [];
  const [flag = ''] = /^--\w*/.exec(paths) ?? [];
  if (paths === '') return { problem: `"${keyword} ${rest}" cannot be read.` };
  if (['--from', '--chown'].includes(flag)) {
    return { problem: `${keyword} ${flag} takes a plain name here, without variables and quotes.` };
  }
  if (flag !== '') return needsBuildKit(`${keyword} ${flag}`);
  return hasHeredoc(paths) ? needsBuildKit(`${keyword} <<`) : { flags, paths };
}

function judgeCopy(rest: string, { stages }: Before): Judged {
  const copy = readCopy('COPY', rest);
  if (!('flags' in copy)) return copy;
  const sources = [...copy.flags.matchAll(/--from=(\S+)/g)].map(([, name]) => name!);
  if (sources.length > 1) return { problem: 'COPY takes "--from" once.' };
  const [source] = sources;
  // To the engine a stage in the middle of which this stands is none, and its name an image's.
  const isKnown = source === undefined || isStageBefore(source, stages.slice(0, -1));
  return { text: rest, image: isKnown ? undefined : source };
}

function isStageBefore(name: string, stages: string[]): boolean {
  // A number that is too long for a number would be an image again.
  const isNumber = /^\d{1,4}$/.test(name) && Number(name) < stages.length;
  return isNumber || isStage(name, stages);
}

/**
 * The engine itself would fetch an address, from the host's own network. None can be written
 * without a colon, which variables, escapes and quotes could hide.
 */
function judgeAdd(rest: string): Judged {
  const add = readCopy('ADD', rest);
  if (!('flags' in add)) return add;
  if (add.flags.includes('--from')) return { problem: 'ADD has no "--from".' };
  if (!/[:$\\"']/.test(add.paths)) return { text: rest };
  return {
    problem:
      'ADD takes plain paths here, without : $ \\ and quotes: nothing is fetched for a build.',
  };
}

/** Without anything in which a key could begin or end unseen. */
const plainLabels = /^(?:[\w.-]+=(?:"[^"\\]*"|[^\s"'\\]*)(?:[ \t]+|$))+$/;

/** Labels of ours say whose a container is, also one in which a command of a build runs. */
function judgeLabel(rest: string): Judged {
  if (/devenv\./i.test(rest.replace(/[\\"']/g, ''))) {
    return { problem: 'LABEL may not name what begins with devenv.' };
  }
  if (!rest.includes('$') || plainLabels.test(rest)) return { text: rest };
  return { problem: 'LABEL takes variables only in the form NAME="$VALUE" here.' };
}

function hasHeredoc(text: string): boolean {
  return /(?<!<)<<-?["']?[A-Za-z_]/.test(text);
}

function needsBuildKit(what: string): { problem: string } {
  return { problem: `${what} needs BuildKit, which nobody can hold to limits here.` };
}
