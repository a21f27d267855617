/** What happens during a build, whichever builder does it. */
export type BuildEvent =
  | {
      type: 'started';
      step: string;
      /** `[2/4] RUN make`, `exporting to image` */
      title: string;
      /** The Dockerfile's, one-based; undefined for what the builder does by itself. */
      line: number | undefined;
    }
  | { type: 'output'; step: string; text: string }
  | { type: 'finished'; step: string; cached: boolean; milliseconds: number }
  | { type: 'failed'; step: string; message: string }
  | { type: 'warning'; text: string };
