import * as z from 'zod';
import { missingOf, type Ranges, sizeOf, unionOf } from '../protocol/ranges.ts';
import { Names, Range } from '../protocol/samples.ts';
import type { Frame } from './spool-frame.ts';

/*
 * What the spool knows beside the records themselves: of each stream its clock, what was acknowledged and what is lost, and the name
 * tables. It goes to the disk as notes between the records, so that the next start knows it as well.
 */

/** When the machine was started to whose monotonic clock a stream's times belong. */
const StreamClock = z.object({ machineBoot: z.string(), bootWallMs: z.number() });
export type StreamClock = z.infer<typeof StreamClock>;
const StoredRanges = z.array(Range);

type Numbered = Pick<Frame, 'stream' | 'first' | 'count'>;

export class SpoolLedger {
  readonly #own: StreamClock;
  readonly #acked = new Map<number, Ranges>();
  readonly #gaps = new Map<number, Ranges>();
  readonly #unnoted = new Map<number, Ranges>(); // gaps that no note tells of yet
  readonly #clocks = new Map<number, StreamClock>();
  readonly #tables = new Map<string, Names>();
  #lost = 0;

  constructor({ machineBoot, bootWallMs }: StreamClock) {
    this.#own = { machineBoot, bootWallMs };
  }

  /** Samples that became gaps since this agent started. */
  get lost(): number {
    return this.#lost;
  }
  hasGaps(): boolean {
    return this.#gaps.size > 0;
  }
  streams(): readonly number[] {
    return [...this.#clocks.keys()].sort((a, b) => a - b);
  }
  clockOf(stream: number): StreamClock {
    return this.#clocks.get(stream) ?? this.#own;
  }
  /** Whether its times belong to the clock that runs now. */
  isOfThisMachineBoot(stream: number): boolean {
    return this.clockOf(stream).machineBoot === this.#own.machineBoot;
  }
  gapsOf(stream: number): Ranges {
    return this.#gaps.get(stream) ?? [];
  }
  ackedOf(stream: number): Ranges {
    return this.#acked.get(stream) ?? [];
  }
  /** Everything below was acknowledged. */
  fromOf(stream: number): number {
    const [first] = this.ackedOf(stream);
    return first?.[0] === 0 ? first[1] : 0;
  }
  tableOf(id: string): Names | null {
    return this.#tables.get(id) ?? null;
  }
  isAcked({ stream, first, count }: Numbered): boolean {
    return this.areAcked(stream, [[first, first + count]]);
  }
  areAcked(stream: number, ranges: Ranges): boolean {
    return ranges.every((range) => missingOf(this.ackedOf(stream), range).length === 0);
  }

  /** A stream of this machine boot. */
  begin(stream: number): void {
    if (!this.#clocks.has(stream)) this.#clocks.set(stream, this.#own);
  }
  learn(names: Names): void {
    this.#tables.set(names.table, names);
  }

  /** What was acknowledged already is not lost. */
  lose(stream: number, ranges: Ranges): void {
    const lost = ranges.flatMap((each) => missingOf(this.ackedOf(stream), each));
    if (lost.length === 0) return;
    this.#lost += sizeOf(lost);
    this.#gaps.set(stream, unionOf(this.gapsOf(stream), lost));
    this.#unnoted.set(stream, unionOf(this.#unnoted.get(stream) ?? [], lost));
  }

  /** Of a stream that nothing is known of, nothing needs to be remembered. */
  acknowledge(stream: number, counted: Ranges): void {
    if (!this.#clocks.has(stream)) return;
    const acked = unionOf(this.ackedOf(stream), counted);
    this.#acked.set(stream, acked);
    const open = this.gapsOf(stream).flatMap((range) => missingOf(acked, range));
    if (open.length > 0) this.#gaps.set(stream, open);
    else this.#gaps.delete(stream);
  }

  /** Of a stream that is not held any more nothing is needed. */
  forget(isHeld: (stream: number) => boolean): void {
    for (const stream of this.streams()) {
      if (isHeld(stream) || this.#gaps.has(stream)) continue;
      this.#clocks.delete(stream);
      this.#acked.delete(stream);
    }
  }
  forgetTables(): void {
    this.#tables.clear();
  }

  /** What must stand before the first record of a stream. */
  aboutStream(stream: number): Frame[] {
    const clock = noteOf('stream', stream, this.clockOf(stream));
    const acked = this.ackedOf(stream);
    return acked.length > 0 ? [clock, noteOf('acked', stream, acked)] : [clock];
  }
  /** What must stand before the first record that uses a table. */
  aboutTable(id: string, stream: number): Frame[] {
    const names = this.tableOf(id);
    return names ? [noteOf('names', stream, names)] : [];
  }
  /** What has been lost since the last notes; with `isAll` all that is lost, and what was acknowledged. */
  notes(isAll: boolean): Frame[] {
    const gaps = [...(isAll ? this.#gaps : this.#unnoted)];
    const acked = [...(isAll ? this.#acked : [])].filter(([stream]) => this.#clocks.has(stream));
    this.#unnoted.clear();
    return [
      ...acked.map(([stream, ranges]) => noteOf('acked', stream, ranges)),
      ...gaps.flatMap(([stream, ranges]) => [...this.aboutStream(stream), noteOf('gaps', stream, ranges)]),
    ];
  }
  /** A note that an earlier agent wrote. Throws where it is no such thing. */
  take({ kind, stream, text }: Frame): void {
    const json: unknown = JSON.parse(text);
    if (kind === 'stream') this.#clocks.set(stream, StreamClock.parse(json));
    else if (kind === 'names') this.learn(Names.parse(json));
    else if (kind !== 'record') {
      const known = kind === 'acked' ? this.#acked : this.#gaps;
      known.set(stream, unionOf(known.get(stream) ?? [], StoredRanges.parse(json)));
    }
  }
}

function noteOf(kind: Frame['kind'], stream: number, content: unknown): Frame {
  return { kind, stream, first: 0, count: 0, atMs: 0, text: JSON.stringify(content) };
}
