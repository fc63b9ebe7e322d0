import type { JournalEntry } from '../../protocol/view.ts';

/** Who says it: the coordinator's journal, the demo that looks on from outside, or the demo that does something. */
export type Source = 'journal' | 'seen' | 'done';
export interface TimelineEntry {
  readonly atMs: number; // since the scenario's first event
  readonly source: Source;
  readonly tone: 'info' | 'notice' | 'warning' | 'error' | 'good';
  readonly text: string;
}

/** What happened when, counted from the first thing that was done. */
export class Timeline {
  readonly entries: TimelineEntry[] = [];
  readonly #show: (entry: TimelineEntry) => void;
  #startWallMs = Date.now();

  constructor(show: (entry: TimelineEntry) => void) {
    this.#show = show;
  }

  /** From here on it is counted; what the journal says of earlier times is left out. */
  begin(): void {
    this.#startWallMs = Date.now();
  }
  get elapsedMs(): number {
    return Date.now() - this.#startWallMs;
  }

  done(text: string): void {
    this.#add(Date.now(), 'done', 'notice', text);
  }
  seen(text: string, tone: TimelineEntry['tone'] = 'good'): void {
    this.#add(Date.now(), 'seen', tone, text);
  }
  journal(entry: JournalEntry): void {
    if (entry.wallMs < this.#startWallMs) return;
    this.#add(entry.wallMs, 'journal', entry.severity, entry.text);
  }

  #add(wallMs: number, source: Source, tone: TimelineEntry['tone'], text: string): void {
    const entry = { atMs: Math.max(0, wallMs - this.#startWallMs), source, tone, text };
    this.entries.push(entry);
    this.#show(entry);
  }
}
