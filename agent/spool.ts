import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { missingOf, type Ranges, withRange } from '../protocol/ranges.ts';
import { Names, Range } from '../protocol/samples.ts';
import { type Frame, scanFrames } from './spool-frame.ts';
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
export interface SpoolOptions extends SpoolLimits {
  readonly dir: string;
  readonly ownStream: number; // the one that goes on
  readonly machineBoot: string;
  /** Wall time at which the machine's monotonic clock began: only to guess how old samples from before its start are. */
  readonly bootWallMs: number;
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
/** What is known of the clock of a stream. */
const StreamClock = z.object({ machineBoot: z.string(), bootWallMs: z.number() });
type StreamClock = z.infer<typeof StreamClock>;
const StoredRanges = z.array(Range);

const SYNC_MS = 30_000;
const RETRY_DISK_MS = 60_000;
const SEGMENTS = 32;
const MIN_SEGMENT_BYTES = 4096;

export class Spool {
  readonly #options: SpoolOptions;
  readonly #segments: Segment[] = []; // oldest first
  readonly #active: { plain: Segment | null; notable: Segment | null } = { plain: null, notable: null };
  readonly #acked = new Map<number, Ranges>();
  readonly #gaps = new Map<number, Ranges>();
  readonly #clocks = new Map<number, StreamClock>();
  readonly #tables = new Map<string, Names>();
  #nextId = 1;
  #diskOk = true;
  #retryAtMs = 0;
  #syncedAtMs = 0;
  #lost = 0;

  constructor(options: SpoolOptions, nowMs: number) {
    this.#options = options;
    this.#syncedAtMs = nowMs;
    try {
      mkdirSync(options.dir, { recursive: true, mode: 0o700 });
      this.#load();
    } catch (error) {
      this.#diskFailed(error, nowMs);
    }
    this.#makeRoom(nowMs);
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }
  /** Samples that were dropped for want of room since this agent started. */
  get lost(): number {
    return this.#lost;
  }
  isEmpty(): boolean {
    return this.#segments.length === 0 && this.#gaps.size === 0;
  }
  streams(): readonly number[] {
    return [...this.#clocks.keys()].sort((a, b) => a - b);
  }
  clockOf(stream: number): StreamClock {
    return this.#clocks.get(stream) ?? this.#options;
  }
  gapsOf(stream: number): Ranges {
    return this.#gaps.get(stream) ?? [];
  }
  tableOf(id: string): Names | null {
    return this.#tables.get(id) ?? null;
  }
  /** Everything below was acknowledged. */
  fromOf(stream: number): number {
    const [first] = this.#acked.get(stream) ?? [];
    return first?.[0] === 0 ? first[1] : 0;
  }
  isAcked({
    stream,
    first,
    count,
  }: {
    readonly stream: number;
    readonly first: number;
    readonly count: number;
  }): boolean {
    return missingOf(this.#acked.get(stream) ?? [], [first, first + count]).length === 0;
  }

  append(entry: Entry, names: Names | null, nowMs: number): void {
    if (names) this.#tables.set(entry.table, names);
    if (!this.#clocks.has(entry.stream)) this.#clocks.set(entry.stream, this.#options);
    if (!this.#diskOk && nowMs >= this.#retryAtMs) this.#toDisk(nowMs);
    this.#write(entry, nowMs);
    this.#makeRoom(nowMs);
    if (nowMs - this.#syncedAtMs >= SYNC_MS) this.sync(nowMs);
  }

  /** The coordinator has counted these: received or told to be lost. */
  acknowledge(stream: number, counted: Ranges, nowMs: number): void {
    let acked = this.#acked.get(stream) ?? [];
    for (const range of counted) acked = withRange(acked, range);
    this.#acked.set(stream, acked);
    const gaps = this.#gaps.get(stream);
    if (gaps) {
      const open = gaps.flatMap((range) => missingOf(acked, range));
      if (open.length > 0) this.#gaps.set(stream, open);
      else this.#gaps.delete(stream);
    }
    const done = this.#segments.filter((segment) => this.#isDone(segment));
    for (const segment of done) this.#remove(segment);
    const isAllTold = this.#gaps.size === 0 && this.#segments.every(({ ranges }) => ranges.size === 0);
    if (isAllTold) for (const segment of [...this.#segments]) this.#remove(segment); // notes about what is no more
    if (done.length > 0) this.#note(nowMs);
    this.#forgetStreams();
  }

  /** Records of a stream that wait, in the order of their numbers. Segments are read as they are needed. */
  waiting(stream: number): Generator<Entry> {
    return merged(this.#row(false, stream), this.#row(true, stream));
  }

  sync(nowMs: number): void {
    this.#syncedAtMs = nowMs;
    for (const segment of this.#segments) syncSegment(segment, (error) => this.#diskFailed(error, nowMs));
  }

  close(nowMs: number): void {
    for (const segment of this.#segments) {
      try {
        closeSegment(segment);
      } catch (error) {
        this.#diskFailed(error, nowMs);
      }
    }
  }

  *#row(isNotable: boolean, stream: number): Generator<Entry> {
    for (const segment of [...this.#segments]) {
      if (segment.isNotable !== isNotable || this.#isAllAcked(segment, stream)) continue;
      for (const frame of framesOf(segment))
        if (frame.kind === 'record' && frame.stream === stream && !this.isAcked(frame))
          yield { ...frame, wire: frame.text, table: '', isNotable };
    }
  }

  #write(entry: Entry, nowMs: number): void {
    try {
      this.#put(entry, nowMs);
    } catch (error) {
      this.#diskFailed(error, nowMs);
      this.#put(entry, nowMs); // into memory
    }
  }

  #put(entry: Entry, nowMs: number): void {
    const segment = this.#open(entry.isNotable, nowMs);
    const frames: Frame[] = [];
    const { stream, first, count, atMs, wire: text } = entry;
    if (!segment.streams.has(stream)) frames.push(...this.#aboutStream(stream));
    const names = this.#tables.get(entry.table);
    if (names && !segment.tables.has(entry.table))
      frames.push({ kind: 'names', stream, first: 0, count: 0, atMs: 0, text: JSON.stringify(names) });
    appendFrames(segment, [...frames, { kind: 'record', stream, first, count, atMs, text }]);
    segment.streams.add(stream);
    segment.tables.add(entry.table);
    addToRanges(segment, entry);
    if (this.clockOf(stream).machineBoot === this.#options.machineBoot)
      segment.newestAtMs = Math.max(segment.newestAtMs, atMs);
  }

  #aboutStream(stream: number): Frame[] {
    const about = { stream, first: 0, count: 0, atMs: 0 };
    const { machineBoot, bootWallMs } = this.clockOf(stream);
    const acked = this.#acked.get(stream) ?? [];
    return [
      { ...about, kind: 'stream', text: JSON.stringify({ machineBoot, bootWallMs }) },
      ...(acked.length > 0 ? [{ ...about, kind: 'acked' as const, text: JSON.stringify(acked) }] : []),
    ];
  }

  #open(isNotable: boolean, nowMs: number): Segment {
    const row = isNotable ? 'notable' : 'plain';
    const limit = this.#diskOk ? this.#options.maxBytes : this.#options.maxMemoryBytes;
    const active = this.#active[row];
    if (
      active &&
      active.bytes < Math.max(MIN_SEGMENT_BYTES, limit / SEGMENTS) &&
      (active.path !== null) === this.#diskOk
    )
      return active;
    const segment = emptySegment(this.#nextId++, isNotable, nowMs);
    if (this.#diskOk) segment.path = join(this.#options.dir, `${String(segment.id).padStart(10, '0')}-${row}.seg`);
    this.#active[row] = segment;
    this.#segments.push(segment);
    return segment;
  }

  /** What was acknowledged and what is lost, so that the next start knows it as well. */
  #note(nowMs: number): void {
    if (this.#segments.length === 0) return;
    const frames: Frame[] = [];
    for (const [stream, ranges] of this.#acked)
      if (this.#clocks.has(stream)) frames.push(noteOf('acked', stream, ranges));
    for (const [stream, ranges] of this.#gaps)
      frames.push(...this.#aboutStream(stream), noteOf('gaps', stream, ranges));
    if (frames.length === 0) return;
    try {
      appendFrames(this.#open(true, nowMs), frames);
    } catch (error) {
      this.#diskFailed(error, nowMs);
    }
  }

  #makeRoom(nowMs: number): void {
    const inMemory = () => this.#segments.reduce((sum, { path, bytes }) => sum + (path === null ? bytes : 0), 0);
    let dropped = false;
    for (;;) {
      const isFull = this.bytes > this.#options.maxBytes;
      const isMemoryFull = inMemory() > this.#options.maxMemoryBytes;
      const old = this.#segments.find((segment) => nowMs - segment.newestAtMs > this.#options.maxAgeMs);
      const among = isMemoryFull ? this.#segments.filter(({ path }) => path === null) : this.#segments;
      const victim =
        old ?? (isFull || isMemoryFull ? (among.find(({ isNotable }) => !isNotable) ?? among[0]) : undefined);
      if (!victim) break;
      this.#drop(victim);
      dropped = true;
    }
    if (dropped) this.#note(nowMs);
  }

  /** Its records become gaps. */
  #drop(segment: Segment): void {
    for (const [stream, ranges] of segment.ranges) {
      for (const range of ranges.flatMap((each) => missingOf(this.#acked.get(stream) ?? [], each))) {
        this.#lost += range[1] - range[0];
        this.#gaps.set(stream, withRange(this.gapsOf(stream), range));
      }
    }
    this.#remove(segment);
  }

  #remove(segment: Segment): void {
    removeSegment(segment);
    this.#segments.splice(this.#segments.indexOf(segment), 1);
    if (this.#active.plain === segment) this.#active.plain = null;
    if (this.#active.notable === segment) this.#active.notable = null;
  }

  #isDone(segment: Segment): boolean {
    if (segment.isNotable && this.#gaps.size > 0) return false; // it may be the one that tells of them
    if (segment.ranges.size === 0) return false; // notes for the rest
    return [...segment.ranges.keys()].every((stream) => this.#isAllAcked(segment, stream));
  }
  #isAllAcked({ ranges }: Segment, stream: number): boolean {
    const acked = this.#acked.get(stream) ?? [];
    return (ranges.get(stream) ?? []).every((range) => missingOf(acked, range).length === 0);
  }

  /** Of an earlier agent's stream nothing is needed once all of it has been told; the present one goes on. */
  #forgetStreams(): void {
    for (const stream of this.streams()) {
      const isHeld = this.#gaps.has(stream) || this.#segments.some(({ ranges }) => ranges.has(stream));
      if (isHeld || stream === this.#options.ownStream) continue;
      this.#clocks.delete(stream);
      this.#acked.delete(stream);
    }
    if (this.#segments.length === 0) this.#tables.clear();
  }

  #diskFailed(error: unknown, nowMs: number): void {
    if (this.#diskOk)
      this.#options.onProblem('SPOOL_FAILED', `${this.#options.dir} takes no samples: ${(error as Error).message}`);
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
      this.#note(nowMs);
    } catch {
      // copies of what is still held: they are acknowledged, or counted, together
      this.#diskOk = false;
      this.#retryAtMs = nowMs + RETRY_DISK_MS;
    }
  }

  /** What earlier agents left. What is damaged is not believed, and counts as lost. */
  #load(): void {
    const { dir } = this.#options;
    const corrupt = (path: string, detail: string) => this.#options.onProblem('SPOOL_CORRUPT', `${path} ${detail}`);
    for (const name of readdirSync(dir).sort()) {
      const match = /^([0-9]{10})-(plain|notable)\.seg$/.exec(name);
      if (!match) continue;
      const path = join(dir, name);
      const segment = emptySegment(Number(match[1]), match[2] === 'notable', 0);
      this.#nextId = Math.max(this.#nextId, segment.id + 1);
      const { frames, goodBytes, damage } = scanFrames(readFileSync(path));
      if (damage === 'damaged') corrupt(path, `is damaged after ${goodBytes} bytes: what comes there is lost`);
      if (damage !== 'none') truncateSync(path, goodBytes);
      try {
        for (const frame of frames) this.#take(segment, frame);
      } catch {
        corrupt(path, 'holds what cannot be understood: it is put aside');
        setAside(path);
        continue;
      }
      segment.path = path;
      segment.bytes = goodBytes;
      if (frames.length === 0) rmSync(path, { force: true });
      else this.#segments.push(segment);
    }
    this.#findHoles();
  }

  /** A frame that an earlier agent wrote. Throws where it is no such thing. */
  #take(segment: Segment, frame: Frame): void {
    const { kind, stream, text, atMs } = frame;
    if (kind === 'record') {
      addToRanges(segment, frame);
      segment.streams.add(stream);
      if (this.#clocks.get(stream)?.machineBoot === this.#options.machineBoot)
        segment.newestAtMs = Math.max(segment.newestAtMs, atMs);
    } else if (kind === 'stream') this.#clocks.set(stream, StreamClock.parse(JSON.parse(text)));
    else if (kind === 'names') {
      const names = Names.parse(JSON.parse(text));
      this.#tables.set(names.table, names);
      segment.tables.add(names.table);
    } else {
      const known = kind === 'acked' ? this.#acked : this.#gaps;
      for (const range of StoredRanges.parse(JSON.parse(text)))
        known.set(stream, withRange(known.get(stream) ?? [], range));
    }
  }

  /** Numbers below a stream's newest that are nowhere: what was damaged, or did not reach the disk. */
  #findHoles(): void {
    const known = new Map<number, Ranges>();
    const ends = new Map<number, number>();
    for (const { ranges } of this.#segments)
      for (const [stream, all] of ranges)
        for (const range of all) {
          known.set(stream, withRange(known.get(stream) ?? [], range));
          ends.set(stream, Math.max(ends.get(stream) ?? 0, range[1]));
        }
    for (const [stream, end] of ends) {
      let found = known.get(stream) ?? [];
      for (const range of [...(this.#acked.get(stream) ?? []), ...this.gapsOf(stream)]) found = withRange(found, range);
      for (const hole of missingOf(found, [0, end])) {
        this.#lost += hole[1] - hole[0];
        this.#gaps.set(stream, withRange(this.gapsOf(stream), hole));
      }
    }
  }
}

function noteOf(kind: 'acked' | 'gaps', stream: number, ranges: Ranges): Frame {
  return { kind, stream, first: 0, count: 0, atMs: 0, text: JSON.stringify(ranges) };
}

/** The newest damaged file is kept for whoever wants to know what happened. */
function setAside(path: string): void {
  try {
    renameSync(path, join(path, '..', 'damaged.seg.corrupt'));
  } catch {
    rmSync(path, { force: true });
  }
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
