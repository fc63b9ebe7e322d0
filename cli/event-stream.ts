import type { ClientRequest, IncomingMessage } from 'node:http';
import type { ClusterView, JournalEntry } from '../protocol/view.ts';
import { createSseParser } from './sse.ts';

/** What the coordinator's event stream brings. */
export interface StreamHandlers {
  readonly onView?: (view: ClusterView) => void;
  readonly onJournal?: (entry: JournalEntry) => void;
  /** Each time the stream stands; after a break some journal entries may have been missed. */
  readonly onOpen?: () => void;
  /** Each time it broke or could not be opened; it is tried again. */
  readonly onBreak?: (why: string) => void;
}
export interface Stream {
  close(): void;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;
/** The coordinator sends something at least every 15 s; a connection that is silent for longer is taken for dead. */
const SILENCE_MS = 45_000;

/** Reads the stream that `open` asks for, and asks again, ever less often, while it fails. */
export function openStream(open: () => ClientRequest, handlers: StreamHandlers): Stream {
  let closed = false;
  let waitMs = FIRST_WAIT_MS;
  let timer: NodeJS.Timeout | null = null;
  let current: ClientRequest | null = null;

  function connect(): void {
    timer = null;
    const outgoing = open();
    current = outgoing;
    let over = false;
    const broke = (why: string) => {
      if (over || closed) return;
      over = true;
      outgoing.destroy();
      handlers.onBreak?.(why);
      if (closed) return; // by the handler
      timer = setTimeout(connect, waitMs);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    };
    outgoing.setTimeout(SILENCE_MS, () => broke(`silent for ${SILENCE_MS / 1000} s`));
    outgoing.on('error', (error) => broke(error.message || String((error as NodeJS.ErrnoException).code)));
    outgoing.on('response', (answer) => {
      if (answer.statusCode !== 200) return broke(`status ${answer.statusCode}`);
      waitMs = FIRST_WAIT_MS;
      handlers.onOpen?.();
      read(answer, broke);
    });
    outgoing.end();
  }

  function read(answer: IncomingMessage, broke: (why: string) => void): void {
    const parse = createSseParser(({ event, data }) => {
      if (closed) return;
      let value: unknown;
      try {
        value = JSON.parse(data);
      } catch {
        return broke(`${event} is not JSON`);
      }
      if (event === 'view') handlers.onView?.(value as ClusterView);
      else if (event === 'journal') handlers.onJournal?.(value as JournalEntry);
    });
    answer.setEncoding('utf8');
    answer.on('data', (chunk: string) => {
      if (!parse(chunk)) broke('an event too large to take');
    });
    answer.on('end', () => broke('ended by the coordinator'));
    answer.on('error', (error) => broke(error.message));
  }

  connect();
  return {
    close() {
      closed = true;
      if (timer) clearTimeout(timer);
      current?.destroy();
    },
  };
}
