import type { ServerResponse } from 'node:http';
import type { ClusterView, JournalEntry } from '../../protocol/view.ts';

/** Server-sent events to any number of listeners: the whole view on change, not more often than this, and journal lines. */
const VIEW_EVERY_MS = 200;
const KEEP_ALIVE_MS = 15_000;
/** A listener that takes nothing is dropped when this much waits for it. */
const MAX_BACKLOG_BYTES = 4_194_304;
const MAX_LISTENERS = 200;

export class EventStream {
  readonly #listeners = new Set<ServerResponse>();
  readonly #view: () => ClusterView;
  readonly #version: () => number;
  #sent = -1;
  readonly #timers: NodeJS.Timeout[];

  constructor(version: () => number, view: () => ClusterView) {
    this.#version = version;
    this.#view = view;
    this.#timers = [
      setInterval(() => this.#tell(), VIEW_EVERY_MS),
      setInterval(() => this.#write(': still here\n\n'), KEEP_ALIVE_MS),
    ];
  }

  /** False when there are too many already. */
  add(response: ServerResponse): boolean {
    if (this.#listeners.size >= MAX_LISTENERS) return false;
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.write(frame('view', this.#view()));
    this.#listeners.add(response);
    response.on('close', () => this.#listeners.delete(response));
    response.on('error', () => this.#listeners.delete(response));
    return true;
  }

  journal(entries: readonly JournalEntry[]): void {
    if (this.#listeners.size > 0) for (const entry of entries) this.#write(frame('journal', entry));
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const listener of this.#listeners) listener.end();
  }

  #tell(): void {
    const version = this.#version();
    if (this.#listeners.size === 0 || version === this.#sent) return;
    this.#sent = version;
    this.#write(frame('view', this.#view()));
  }

  #write(text: string): void {
    for (const listener of this.#listeners) {
      if (listener.writableLength > MAX_BACKLOG_BYTES) listener.destroy();
      else listener.write(text);
    }
  }
}

function frame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
