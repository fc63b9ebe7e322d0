import type { Progress } from './vitality.ts';

/** A program while it runs. */
export interface Running {
  /** What its parts have done until now; null where it does not say. Asking sets work off that the next answer shows. */
  readonly progress: () => readonly Progress[];
  /** Called with each beat, besides telling the supervisor. */
  readonly beat?: () => void;
  /** Within this time the next beat is due; null where only the supervisor waits for them. */
  readonly beatWithinMs?: number | null;
  readonly stop: () => Promise<void>;
}
