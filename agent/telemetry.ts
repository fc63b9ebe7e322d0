import { sha256Of } from '../protocol/checksum.ts';
import type { Request } from '../protocol/messages.ts';
import type { NumberRange } from '../protocol/ranges.ts';
import { encodeRecord, type Names, type Receipt } from '../protocol/samples.ts';
import { type BacklogMessage, backlogMessages } from './backlog-messages.ts';
import type { DeadbandRules } from './deadband.ts';
import { type Cycle, FRESH_SAMPLER, type Sampler, type Taken, takeSamples } from './sampling.ts';
import type { Entry, Spool } from './spool.ts';

/*
 * Tells the coordinator what the sensors say. What is measured goes out at once; it is kept until the coordinator has counted it,
 * first in memory, and on disk as soon as there is no broker or no receipt comes. What waits on disk follows when it is asked for.
 * Not handled here: what runs on the node (publisher.ts), which waits for none of this.
 */

/** A receipt takes some seconds: the coordinator writes for many nodes at once. */
const RECEIPT_LATE_MS = 15_000;
const MAX_PENDING = 64;
/** Between two messages of the backlog. */
const PUMP_MS = 200;
/** How often it is looked whether a receipt is late. */
const IDLE_MS = 5000;
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
  #invited = 0; // messages of the backlog that the coordinator wants now
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
    this.#invited = 0;
    this.#snapshot();
  }

  disconnected(): void {
    this.#spill();
    this.#invited = 0;
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
  }

  received({ stream, through, beyond, more }: Pick<Receipt, 'stream' | 'through' | 'beyond' | 'more'>): void {
    const { spool, monotonicMs } = this.#options;
    const counted: NumberRange[] = through > 0 ? [[0, through], ...beyond] : [...beyond];
    const now = monotonicMs();
    spool.acknowledge(stream, counted, now);
    this.#pending = this.#pending.filter(({ entry }) => !spool.ledger.isAcked(entry));
    // of what was sent in order, what is missing below a number that was counted did not arrive
    const highest = stream === this.#options.bootId ? (counted.at(-1)?.[1] ?? 0) : 0;
    this.#resend(this.#pending.filter(({ entry }) => entry.first < highest));
    if (more === undefined) return;
    if (this.#invited === 0 && this.#timer) {
      clearTimeout(this.#timer); // it sleeps for longer
      this.#timer = null;
    }
    this.#invited = more;
    this.#round = null; // what was sent before and is not acknowledged did not arrive
    this.#schedule();
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
    const tail = spool.isEmpty() ? '' : ',"waiting":true';
    this.#options.send('samples', `${head}${report === null ? '' : `,"report":${report}`},"records":[${wire}]${tail}}`);
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

  /** An agent that has nothing to wait for is left asleep. */
  #schedule(): void {
    if (this.#isEnded || this.#timer || !this.#options.isUp()) return;
    if (this.#invited === 0 && this.#pending.length === 0) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#pump();
        this.#schedule();
      },
      this.#invited > 0 ? PUMP_MS : IDLE_MS,
    );
  }

  #pump(): void {
    const { spool, isUp, monotonicMs } = this.#options;
    if (!isUp()) return;
    const [oldest] = this.#pending;
    if (oldest && monotonicMs() - oldest.sentAtMs > RECEIPT_LATE_MS) this.#spill();
    if (this.#invited === 0) return;
    this.#round ??= backlogMessages(spool);
    const next = this.#round.next();
    this.#invited = next.done ? 0 : this.#invited - 1;
    if (!next.done) this.#sendLate(next.value);
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
    const end = spool.isEmpty() ? '' : ',"waiting":true';
    const records = entries.map(({ wire }) => wire).join(',');
    this.#options.send('samples', `${JSON.stringify(head).slice(0, -1)},"records":[${records}]${tail}${end}}`);
  }
}

function tableId(content: string): string {
  return sha256Of(content).toString('base64url').slice(0, 8);
}
