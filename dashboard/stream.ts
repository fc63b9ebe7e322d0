import type { ClusterView, JournalEntry } from '../protocol/view.ts';
import type { LiveEvent } from './live.ts';

const API = '/api/v1';
const RETRY_MS = [500, 1000, 2000, 4000];
/** A broken network can leave a connection open and silent: after this long without a word the page asks for itself. */
const SILENCE_MS = 15_000;
const ASK_TIMEOUT_MS = 5000;

/** Listens to the coordinator's event stream until `close`, and connects again, for ever, where it breaks. */
export function listen(tell: (event: LiveEvent) => void): { close(): void } {
  let source: EventSource | null = null;
  let retries = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let heardAt = Date.now();

  function open(): void {
    heardAt = Date.now();
    source = new EventSource(`${API}/stream`);
    source.addEventListener('open', () => {
      retries = 0;
      heardAt = Date.now();
      tell({ kind: 'connected' });
    });
    source.addEventListener('view', (message) => {
      hear(() => tell({ kind: 'viewed', at: Date.now(), view: JSON.parse(message.data) as ClusterView }));
    });
    source.addEventListener('journal', (message) => {
      hear(() => tell({ kind: 'journaled', entry: JSON.parse(message.data) as JournalEntry }));
    });
    source.addEventListener('error', broken);
  }

  function hear(take: () => void): void {
    heardAt = Date.now();
    try {
      take();
    } catch {
      broken(); // not JSON: what is shown can no longer be trusted to be current
    }
  }

  function broken(): void {
    source?.close();
    clearTimeout(retry);
    tell({ kind: 'disconnected' });
    retry = setTimeout(open, RETRY_MS[Math.min(retries, RETRY_MS.length - 1)]);
    retries += 1;
  }

  async function ask(): Promise<void> {
    if (source?.readyState === EventSource.CLOSED || Date.now() - heardAt < SILENCE_MS) return;
    try {
      const answer = await fetch(`${API}/status`, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS), cache: 'no-store' });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const view = (await answer.json()) as ClusterView;
      hear(() => tell({ kind: 'viewed', at: Date.now(), view }));
    } catch {
      broken();
    }
  }

  const watch = setInterval(() => void ask(), ASK_TIMEOUT_MS);
  open();
  return {
    close() {
      clearInterval(watch);
      clearTimeout(retry);
      source?.close();
    },
  };
}
