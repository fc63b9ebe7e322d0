import { createHash } from 'node:crypto';
import type { Request } from '../protocol/messages.ts';
import { missingOf, type NumberRange, type Ranges } from '../protocol/ranges.ts';
import { encodeRecord, type Names, type Receipt } from '../protocol/samples.ts';
import { type BacklogMessage, backlogMessages } from './backlog-messages.ts';
import type { DeadbandRules } from './deadband.ts';
import { type Cycle, FRESH_SAMPLER, type Sampler, type Taken, takeSamples } from './sampling.ts';
import type { Entry, Spool } from './spool.ts';

/*
 * Tells the coordinator what the sensors say. What is measured goes out at once; it is kept until the coordinator has counted it,
 * first in memory, and on disk as soon as there is no broker or no receipt comes. What waits on disk follows in the background.
 * Not handled here: what runs on the node (publisher.ts), which waits for none of this.
 */

/** A receipt takes some seconds: the coordinator writes for many nodes at once. */
const RECEIPT_LATE_MS = 15_000;
const MAX_PENDING = 64;
/** Messages of the backlog that may be under way without a receipt. */
const WINDOW = 2;
const PUMP_MS = 200;
/** How often it is looked whether a receipt is late. */
const IDLE_MS = 5000;
const NEXT_ROUND_MS = 1000;
const RETRY_MS = 10_000;
const MAX_RETRY_MS = 300_000;
const MAX_TABLES = 8;
/** Who asks again so soon has not heard the answer yet. */
const SNAPSHOT_AGAIN_MS = 500;

export interface TelemetryOptions {
  readonly bootId: number;
  readonly machineBoot: string;
  readonly rules: DeadbandRules;
  readonly spool: Spool;
  readonly isUp: () => boolean;
  readonly send: (kind: 'names' | 'samples', payload: string) => void;
  /** Sequence of the newest report sent; null before the first. */
  readonly newestReport: () => number | null;
  readonly monotonicMs: () => number;
  readonly wallMs: () => number;
}

interface Pending {
  readonly entry: Entry;
  readonly sentAtMs: number;
}

export class Telemetry {
  readonly #options: TelemetryOptions;
  readonly #tables = new Map<string, Names>();
  #sampler: Sampler = FRESH_SAMPLER;
  #latest: Cycle | null = null;
  #wholeAtMs = Number.NEGATIVE_INFINITY;
  #pending: Pending[] = [];
  #round: Generator<BacklogMessage> | null = null;
  #underWay: { readonly stream: number; readonly ranges: Ranges }[] = [];
  #movedAtMs = Number.NEGATIVE_INFINITY; // when a message of the backlog was last sent or acknowledged
  #retryMs = RETRY_MS;
  #timer: NodeJS.Timeout | null = null;
  #isEnded = false;

  constructor(options: TelemetryOptions) {
    this.#options = options;
  }

  cycle(cycle: Cycle): void {
    this.#latest = cycle;
    this.#take(cycle, false);
  }

  /** Somebody may listen now who knows nothing of this node. */
  connected(): void {
    this.#restartRound();
    this.#snapshot();
    this.#schedule();
  }

  disconnected(): void {
    this.#spill();
    this.#restartRound();
  }

  requested({ kind, table }: Pick<Request, 'kind' | 'table'>): void {
    if (!this.#options.isUp()) return;
    const isRepeated = this.#options.monotonicMs() - this.#wholeAtMs < SNAPSHOT_AGAIN_MS;
    if (kind === 'snapshot' && !isRepeated) this.#snapshot();
    if (kind !== 'names') return;
    const isPresent = table === undefined || table === this.#sampler.names?.table;
    const names = isPresent
      ? this.#sampler.names
      : (this.#tables.get(table) ?? this.#options.spool.ledger.tableOf(table));
    if (!names) return;
    this.#sendNames(names);
    if (isPresent) {
      this.#resend(this.#pending);
      this.#snapshot();
    }
    this.#restartRound();
    this.#schedule();
  }

  received({ stream, through, beyond }: Pick<Receipt, 'stream' | 'through' | 'beyond'>): void {
    const { spool, monotonicMs } = this.#options;
    const counted: NumberRange[] = through > 0 ? [[0, through], ...beyond] : [...beyond];
    const now = monotonicMs();
    spool.acknowledge(stream, counted, now);
    this.#pending = this.#pending.filter(({ entry }) => !spool.ledger.isAcked(entry));
    // of what was sent in order, what is missing below a number that was counted did not arrive
    const highest = stream === this.#options.bootId ? (counted.at(-1)?.[1] ?? 0) : 0;
    this.#resend(this.#pending.filter(({ entry }) => entry.first < highest));
    const before = this.#underWay.length;
    this.#underWay = this.#underWay.filter(
      (each) => each.stream !== stream || each.ranges.some((range) => missingOf(counted, range).length > 0),
    );
    if (this.#underWay.length === before) return;
    this.#movedAtMs = now;
    this.#retryMs = RETRY_MS;
  }

  /** Keeps what nobody has acknowledged. */
  end(): void {
    this.#isEnded = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#spill();
    this.#options.spool.close(this.#options.monotonicMs());
  }

  #snapshot(): void {
    if (!this.#latest) return;
    this.#wholeAtMs = this.#options.monotonicMs();
    this.#take(this.#latest, true);
  }

  #take(cycle: Cycle, isWhole: boolean): void {
    const taken = takeSamples(this.#sampler, cycle, this.#options.rules, isWhole, tableId);
    this.#sampler = taken.sampler;
    const { names } = taken.sampler;
    if (taken.isNewTable && names) {
      this.#remember(names);
      if (this.#options.isUp()) this.#sendNames(names);
    }
    this.#tell(taken);
  }

  #tell({ record, isNotable }: Taken): void {
    const { bootId: stream, spool, isUp, newestReport, monotonicMs } = this.#options;
    const { first, atMs, table, samples } = record;
    const wire = JSON.stringify(encodeRecord(record));
    const entry: Entry = { stream, first, count: samples.length, atMs, wire, table, isNotable };
    if (!isUp()) {
      if (samples.length > 0) spool.append(entry, this.#tables.get(table) ?? null, monotonicMs());
      return;
    }
    const from = spool.ledger.fromOf(stream);
    const report = newestReport();
    const head = `{"v":1,"boot":${stream}${from === first ? '' : `,"from":${from}`}`;
    this.#options.send('samples', `${head}${report === null ? '' : `,"report":${report}`},"records":[${wire}]}`);
    if (samples.length > 0) this.#pending.push({ entry, sentAtMs: monotonicMs() });
    if (this.#pending.length > MAX_PENDING) this.#spill();
    this.#schedule();
  }

  #remember(names: Names): void {
    this.#tables.delete(names.table);
    this.#tables.set(names.table, names);
    for (const oldest of this.#tables.keys()) {
      if (this.#tables.size <= MAX_TABLES) return;
      this.#tables.delete(oldest);
    }
  }

  #sendNames(names: Names): void {
    this.#options.send('names', JSON.stringify({ v: 1, boot: this.#options.bootId, ...names }));
  }

  /** From memory to the disk. */
  #spill(): void {
    const now = this.#options.monotonicMs();
    for (const { entry } of this.#pending.splice(0))
      this.#options.spool.append(entry, this.#tables.get(entry.table) ?? null, now);
  }

  #restartRound(): void {
    this.#round = null;
    this.#underWay = [];
    this.#retryMs = RETRY_MS;
    this.#movedAtMs = Number.NEGATIVE_INFINITY;
  }

  /** An agent whose samples are all acknowledged is left asleep. */
  #schedule(): void {
    const { isUp, spool } = this.#options;
    if (this.#isEnded || this.#timer || !isUp() || (spool.isEmpty() && this.#pending.length === 0)) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#pump();
        this.#schedule();
      },
      spool.isEmpty() ? IDLE_MS : PUMP_MS,
    );
  }

  /** One message of the backlog, when it is its turn. */
  #pump(): void {
    const { spool, isUp, monotonicMs } = this.#options;
    if (!isUp()) return;
    const now = monotonicMs();
    const [oldest] = this.#pending;
    if (oldest && now - oldest.sentAtMs > RECEIPT_LATE_MS) this.#spill();
    if (spool.isEmpty()) return;
    if (this.#underWay.length >= WINDOW && !this.#giveUpWaiting(now)) return;
    this.#round ??= backlogMessages(spool);
    const next = this.#round.next();
    if (!next.done) {
      const { stream, entries, gaps } = next.value;
      this.#sendLate(next.value);
      const ranges = [...entries.map(({ first, count }): NumberRange => [first, first + count]), ...gaps];
      this.#underWay.push({ stream, ranges });
      this.#movedAtMs = now;
      return;
    }
    // all was sent once: what has come since is next; what is not acknowledged is sent again, but not at once
    if (this.#underWay.length > 0) this.#giveUpWaiting(now);
    else if (now - this.#movedAtMs >= NEXT_ROUND_MS) {
      this.#round = null;
      this.#movedAtMs = now;
    }
  }

  #giveUpWaiting(now: number): boolean {
    if (now - this.#movedAtMs < this.#retryMs) return false;
    this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS);
    this.#movedAtMs = now;
    this.#underWay = [];
    this.#round = null;
    return true;
  }

  #resend(pending: readonly Pending[]): void {
    const entries = pending.map(({ entry }) => entry);
    if (entries.length > 0) this.#sendLate({ stream: this.#options.bootId, entries, gaps: [] });
  }

  #sendLate({ stream, entries, gaps }: BacklogMessage): void {
    const { bootId, spool, machineBoot, monotonicMs, wallMs } = this.#options;
    const clock = spool.ledger.clockOf(stream);
    const isOurs = clock.machineBoot === machineBoot;
    const nowMs = Math.max(0, Math.round(isOurs ? monotonicMs() : wallMs() - clock.bootWallMs));
    const head = {
      v: 1,
      boot: bootId,
      ...(stream === bootId ? {} : { stream }),
      from: spool.ledger.fromOf(stream),
      nowMs,
      ...(isOurs ? {} : { isGuess: true }),
    };
    const tail = gaps.length > 0 ? `,"gaps":${JSON.stringify(gaps)}` : '';
    const records = entries.map(({ wire }) => wire).join(',');
    this.#options.send('samples', `${JSON.stringify(head).slice(0, -1)},"records":[${records}]${tail}}`);
  }
}

function tableId(content: string): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 8);
}
