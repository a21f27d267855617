import type { Command } from '../config/config.ts';
import type { ConfineAction } from './confine.ts';
import type { ContainerSpec } from './container-spec.ts';
import type { BuilderKind } from './dockerfile-features.ts';

/** What will be done, in order; apply/ carries it out without deciding anything. */
export interface Plan {
  steps: Step[];
  /** One-line remarks for the person: the file has moved on, a port was taken. */
  notices: string[];
  /** A question that must be answered with yes before anything is done. */
  question: string | undefined;
  /** The id of the container that goes with all that is in it; undefined when none does. */
  loses?: string;
}

/** One thing to do, why, and what takes it back if a later step fails. */
export type Step = Action & {
  reason: string;
  undo?: Action[];
  /** From here on nothing is taken back: what stands is whole, if unfinished. */
  settles?: true;
};

export type Action =
  | { do: 'pull-image'; reference: string }
  | {
      do: 'build-image';
      repository: string;
      noCache: boolean;
      pull: boolean;
      builder?: BuilderKind | undefined;
    }
  | { do: 'push-image'; reference: string }
  | { do: 'create-folder'; path: string }
  | { do: 'create-volume'; name: string; labels: Record<string, string> }
  | {
      do: 'create-network';
      name: string;
      labels: Record<string, string>;
      /** Whether it has no way out. */
      internal: boolean;
      /** In CIDR notation; the first that is free is taken. */
      subnets: string[];
    }
  | { do: 'create-container'; name: string; spec: ContainerSpec }
  | { do: 'write-files'; container: string; spec: ContainerSpec }
  | { do: 'start-container'; container: string }
  | ConfineAction
  | { do: 'unpause-container'; container: string }
  | {
      do: 'await-idle';
      container: string;
      /** The command lines of the sessions that are attached now. */
      sessions: string[];
    }
  | { do: 'stop-container'; container: string; /** Seconds until it is killed. */ timeout: number }
  | { do: 'rename-container'; container: string; to: string }
  | { do: 'remove-container'; container: string }
  | { do: 'remove-volume'; name: string }
  | { do: 'remove-network'; name: string }
  | {
      do: 'run-hook';
      container: string;
      hook: HookName;
      command: Command;
      hash: string;
      /** Whether its failure brings the container before this one back. */
      undone?: true;
    };

export type HookName = 'create' | 'start';

/** Whether to fail rather than build an image. */
type Frozen = boolean;

/** What the person wants of the workspace. */
export type Intent =
  /** A session: create or start what is missing, never replace. */
  | { kind: 'enter'; hooks: boolean }
  /** Converge: replace what is stale. */
  | { kind: 'up'; whenIdle?: boolean; frozen?: Frozen; builder?: BuilderKind | undefined }
  | {
      kind: 'rebuild';
      noCache: boolean;
      pull: boolean;
      whenIdle?: boolean;
      frozen?: Frozen;
      builder?: BuilderKind | undefined;
      /** The image has been built for it already, so that only a changed one is built again. */
      built?: boolean;
    }
  /** The image alone. */
  | {
      kind: 'build';
      noCache: boolean;
      pull: boolean;
      push: boolean;
      frozen?: Frozen;
      builder?: BuilderKind | undefined;
    }
  | { kind: 'restart' }
  | { kind: 'stop' }
  | { kind: 'down'; volumes: boolean };
