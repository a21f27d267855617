/** What apply says while it works. Reporters in ui/ turn it into a terminal, a log, or JSON lines. */
export type ApplyEvent =
  | { type: 'plan'; steps: string[] }
  | { type: 'step-started'; index: number; title: string; reason: string }
  | { type: 'step-output'; index: number; text: string }
  | {
      /** Progress of one part of a step, a layer of a pull say. Bytes where there are any. */
      type: 'step-progress';
      index: number;
      part: string;
      status: string;
      current?: number;
      total?: number;
    }
  | { type: 'step-finished'; index: number; milliseconds: number }
  | { type: 'step-failed'; index: number; message: string }
  | { type: 'undo-started'; title: string }
  | { type: 'notice'; text: string; tone?: NoticeTone };

/** What a notice is, where it is no warning; `output` is what a command has written. */
export type NoticeTone = 'news' | 'good' | 'bad' | 'output';

export type Report = (event: ApplyEvent) => void;
