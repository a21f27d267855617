import type { Policy, UserMay } from './policy.ts';
import type { Where } from './read-policy.ts';
import type { PolicyKey } from './settings.ts';

/** Something that was asked for and that the person may not have. */
export interface Denial {
  /** A sentence. */
  message: string;
  /** Which rule says so, and where it stands: `images.allow (/etc/devenv/policy.yaml:12)`. */
  rule: string;
}

/** What a decision is made of: everything that is denied, and what there is to tell. */
export class Verdict {
  readonly denials: Denial[] = [];
  readonly notices: string[] = [];

  constructor(
    private readonly userMay: Policy['userMay'],
    private readonly where: Where,
  ) {}

  /** Without a key it is denied under every policy. */
  deny(message: string, key?: PolicyKey): void {
    const rule = key === undefined ? 'no policy allows it' : this.rule(key);
    this.denials.push({ message, rule });
  }

  notice(message: string, key?: PolicyKey): void {
    this.notices.push(key === undefined ? message : `${message} Rule: ${this.rule(key)}.`);
  }

  /** Denies what is asked for by a key that the administrator does not leave to the person. */
  needs(word: UserMay, key: string, isAsked: boolean): void {
    if (!isAsked || this.userMay.includes(word)) return;
    this.deny(`"${key}" may not be set here.`, 'user_may');
  }

  private rule(key: PolicyKey): string {
    return `${key} (${this.where(key)})`;
  }
}
