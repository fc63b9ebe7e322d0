import { mkdirSync } from 'node:fs';
import type { Ranges } from '../protocol/ranges.ts';
import type { Names } from '../protocol/samples.ts';
import { loadSegments, segmentPath } from './spool-folder.ts';
import { SpoolLedger, type StreamClock } from './spool-ledger.ts';
import {
  addToRanges,
  appendFrames,
  closeSegment,
  emptySegment,
  framesOf,
  removeSegment,
  type Segment,
  syncSegment,
} from './spool-segment.ts';

/*
 * Samples that could not be told yet, on disk, within bounds. There are two rows of segments, one for notable records and one for
 * the rest; where there is no room the oldest segment of the less important row goes, and what was in it becomes a gap: ranges of
 * sample numbers, which are told instead. A disk that takes nothing is stood in for by memory, within narrower bounds.
 * Not handled here: when to send what (telemetry.ts).
 */

export interface SpoolLimits {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly maxMemoryBytes: number; // while the disk takes nothing
}
export interface SpoolOptions extends SpoolLimits, StreamClock {
  readonly dir: string;
  readonly ownStream: number; // the one that goes on
  readonly onProblem: (code: 'SPOOL_CORRUPT' | 'SPOOL_FAILED', detail: string) => void;
}
/** A record that waits, in the form in which it goes over the wire. */
export interface Entry {
  readonly stream: number;
  readonly first: number;
  readonly count: number;
  readonly atMs: number;
  readonly wire: string;
  readonly table: string;
  readonly isNotable: boolean;
}

/** What was written is on disk for sure at the latest after this; more often would wear flash memory out. */
const SYNC_MS = 30_000;
const RETRY_DISK_MS = 60_000;
const SEGMENTS = 32;
const MIN_SEGMENT_BYTES = 4096;

export class Spool {
  readonly ledger: SpoolLedger;
  readonly #options: SpoolOptions;
  #segments: Segment[] = []; // oldest first
  #nextId = 1;
  #diskOk = true;
  #retryAtMs = 0;
  #syncedAtMs: number;

  constructor(options: SpoolOptions, nowMs: number) {
    this.#options = options;
    this.#syncedAtMs = nowMs;
    this.ledger = new SpoolLedger(options);
    this.ledger.begin(options.ownStream);
    try {
      const onCorrupt = (detail: string) => options.onProblem('SPOOL_CORRUPT', detail);
      const { segments, nextId } = loadSegments(options.dir, this.ledger, onCorrupt);
      this.#segments = segments;
      this.#nextId = nextId;
    } catch (error) {
      this.#diskFailed(error, nowMs);
    }
    this.#makeRoom(nowMs);
  }

  get bytes(): number {
    return bytesOf(this.#segments);
  }
  isEmpty(): boolean {
    return this.#segments.length === 0 && !this.ledger.hasGaps();
  }

  append(entry: Entry, names: Names | null, nowMs: number): void {
    if (names) this.ledger.learn(names);
    this.ledger.begin(entry.stream);
    if (!this.#diskOk && nowMs >= this.#retryAtMs) this.#toDisk(nowMs);
    try {
      this.#put(entry, nowMs);
    } catch (error) {
      this.#diskFailed(error, nowMs);
      this.#put(entry, nowMs); // into memory
    }
    this.#makeRoom(nowMs);
    if (nowMs - this.#syncedAtMs >= SYNC_MS) this.#sync(nowMs);
  }

  /** The coordinator has counted these: received or told to be lost. */
  acknowledge(stream: number, counted: Ranges, nowMs: number): void {
    this.ledger.acknowledge(stream, counted);
    const done = this.#segments.filter((segment) => this.#isDone(segment));
    for (const segment of done) this.#remove(segment);
    const isAllTold = !this.ledger.hasGaps() && this.#segments.every(({ ranges }) => ranges.size === 0);
    if (isAllTold) for (const segment of [...this.#segments]) this.#remove(segment); // notes about what is no more
    if (done.length > 0) this.#note(nowMs, true);
    const { ownStream } = this.#options;
    this.ledger.forget((each) => each === ownStream || this.#segments.some(({ ranges }) => ranges.has(each)));
    if (this.#segments.length === 0) this.ledger.forgetTables();
  }

  /** Records of a stream that wait, in the order of their numbers. Segments are read as they are needed. */
  waiting(stream: number): Generator<Entry> {
    return merged(this.#row(false, stream), this.#row(true, stream));
  }

  /** All is on disk when this returns, as far as the disk takes it. */
  close(nowMs: number): void {
    for (const segment of this.#segments) {
      try {
        closeSegment(segment);
      } catch (error) {
        this.#diskFailed(error, nowMs);
      }
    }
  }

  #sync(nowMs: number): void {
    this.#syncedAtMs = nowMs;
    for (const segment of this.#segments) syncSegment(segment, (error) => this.#diskFailed(error, nowMs));
  }

  *#row(isNotable: boolean, stream: number): Generator<Entry> {
    for (const segment of [...this.#segments]) {
      const ranges = segment.ranges.get(stream) ?? [];
      if (segment.isNotable !== isNotable || this.ledger.areAcked(stream, ranges)) continue;
      for (const frame of framesOf(segment))
        if (frame.kind === 'record' && frame.stream === stream && !this.ledger.isAcked(frame))
          yield { ...frame, wire: frame.text, table: '', isNotable };
    }
  }

  #put(entry: Entry, nowMs: number): void {
    const segment = this.#open(entry.isNotable, nowMs);
    const { stream, first, count, atMs, wire: text, table } = entry;
    appendFrames(segment, [
      ...(segment.streams.has(stream) ? [] : this.ledger.aboutStream(stream)),
      ...(segment.tables.has(table) ? [] : this.ledger.aboutTable(table, stream)),
      { kind: 'record', stream, first, count, atMs, text },
    ]);
    segment.streams.add(stream);
    segment.tables.add(table);
    addToRanges(segment, entry);
    if (this.ledger.isOfThisMachineBoot(stream)) segment.newestAtMs = Math.max(segment.newestAtMs, atMs);
  }

  /** The segment to which the next record goes. */
  #open(isNotable: boolean, nowMs: number): Segment {
    const { dir, maxBytes, maxMemoryBytes } = this.#options;
    const room = Math.max(MIN_SEGMENT_BYTES, (this.#diskOk ? maxBytes : maxMemoryBytes) / SEGMENTS);
    const newest = this.#segments.findLast((each) => each.isNotable === isNotable);
    // one that an earlier agent wrote is not written on: it may end in the middle of a frame on a disk that failed
    if (newest?.isOurs && newest.bytes < room && (newest.path !== null) === this.#diskOk) return newest;
    const segment = emptySegment(this.#nextId++, isNotable, nowMs);
    segment.isOurs = true;
    if (this.#diskOk) segment.path = segmentPath(dir, segment.id, isNotable);
    this.#segments.push(segment);
    return segment;
  }

  /** So that the next start knows it as well. */
  #note(nowMs: number, isAll: boolean): void {
    const frames = this.ledger.notes(isAll);
    if (frames.length === 0 || (this.#segments.length === 0 && !this.ledger.hasGaps())) return;
    try {
      appendFrames(this.#open(true, nowMs), frames);
    } catch (error) {
      this.#diskFailed(error, nowMs);
    }
  }

  #makeRoom(nowMs: number): void {
    const { maxBytes, maxMemoryBytes, maxAgeMs } = this.#options;
    let dropped = 0;
    let withNotes = 0;
    for (;;) {
      const inMemory = this.#segments.filter(({ path }) => path === null);
      const old = this.#segments.find(({ newestAtMs }) => nowMs - newestAtMs > maxAgeMs);
      const crowd = bytesOf(inMemory) > maxMemoryBytes ? inMemory : this.bytes > maxBytes ? this.#segments : [];
      const victim = old ?? crowd.find(({ isNotable }) => !isNotable) ?? crowd[0];
      if (!victim) break;
      for (const [stream, ranges] of victim.ranges) this.ledger.lose(stream, ranges);
      this.#remove(victim);
      dropped++;
      if (victim.isNotable) withNotes++;
    }
    if (dropped > 0) this.#note(nowMs, withNotes > 0);
  }

  #remove(segment: Segment): void {
    removeSegment(segment);
    this.#segments.splice(this.#segments.indexOf(segment), 1);
  }

  #isDone(segment: Segment): boolean {
    if (segment.isNotable && this.ledger.hasGaps()) return false; // it may be the one that tells of them
    if (segment.ranges.size === 0) return false; // notes for the rest
    return [...segment.ranges].every(([stream, ranges]) => this.ledger.areAcked(stream, ranges));
  }

  #diskFailed(error: unknown, nowMs: number): void {
    const { dir, onProblem } = this.#options;
    if (this.#diskOk) onProblem('SPOOL_FAILED', `${dir} takes no samples: ${(error as Error).message}`);
    this.#diskOk = false;
    this.#retryAtMs = nowMs + RETRY_DISK_MS;
  }

  /** What had to be held in memory goes to the disk when that is well again. */
  #toDisk(nowMs: number): void {
    this.#diskOk = true;
    const held = this.#segments.filter(({ path }) => path === null);
    try {
      mkdirSync(this.#options.dir, { recursive: true, mode: 0o700 });
      for (const segment of held) {
        for (const { kind, text, ...rest } of segment.frames)
          if (kind === 'record')
            this.#put({ ...rest, wire: text, table: tableIn(text), isNotable: segment.isNotable }, nowMs);
        this.#remove(segment);
      }
      this.#note(nowMs, true);
    } catch {
      // copies of what is still held: they are acknowledged, or counted, together
      this.#diskOk = false;
      this.#retryAtMs = nowMs + RETRY_DISK_MS;
    }
  }
}

function bytesOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { bytes }) => sum + bytes, 0);
}

function tableIn(wire: string): string {
  return (JSON.parse(wire) as [number, number, string])[2];
}

function* merged(a: Generator<Entry>, b: Generator<Entry>): Generator<Entry> {
  let left = a.next();
  let right = b.next();
  while (!left.done || !right.done) {
    if (right.done || (!left.done && left.value.first < right.value.first)) {
      if (!left.done) yield left.value;
      left = a.next();
    } else {
      yield right.value;
      right = b.next();
    }
  }
}
