import { closeSync, fdatasync, fdatasyncSync, ftruncateSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { type Ranges, withRange } from '../protocol/ranges.ts';
import { encodeFrame, type Frame, scanFrames } from './spool-frame.ts';

/** Some frames of one importance: in a file, or in memory where the disk takes none. */
export interface Segment {
  readonly id: number; // grows
  readonly isNotable: boolean;
  isOurs: boolean; // this agent began it
  path: string | null; // null: in memory
  frames: Frame[]; // of a segment in memory
  file: number | null; // open for appending
  bytes: number;
  newestAtMs: number; // of this machine boot's clock; 0: all of it is from before
  isDirty: boolean; // something is not yet surely on disk
  readonly streams: Set<number>; // told what is needed to understand them
  readonly ranges: Map<number, Ranges>; // samples in it, by stream
  readonly tables: Set<string>;
}

export function emptySegment(id: number, isNotable: boolean, nowMs: number): Segment {
  return {
    id,
    isNotable,
    isOurs: false,
    path: null,
    frames: [],
    file: null,
    bytes: 0,
    newestAtMs: nowMs,
    isDirty: false,
    streams: new Set(),
    ranges: new Map(),
    tables: new Set(),
  };
}

/** A record is in it. */
export function addToRanges(
  { ranges }: Segment,
  { stream, first, count }: Pick<Frame, 'stream' | 'first' | 'count'>,
): void {
  ranges.set(stream, withRange(ranges.get(stream) ?? [], [first, first + count]));
}

/** Throws what the file system throws; the segment is then as it was before. */
export function appendFrames(segment: Segment, frames: readonly Frame[]): void {
  if (segment.path === null) {
    segment.frames.push(...frames);
    segment.bytes += frames.reduce((sum, { text }) => sum + text.length + 64, 0);
    return;
  }
  const bytes = Buffer.concat(frames.map(encodeFrame));
  segment.file ??= openSync(segment.path, 'a', 0o600);
  try {
    const written = writeSync(segment.file, bytes);
    if (written < bytes.length)
      throw Object.assign(new Error(`ENOSPC: only ${written} of ${bytes.length} bytes were written`), {
        code: 'ENOSPC',
      });
  } catch (error) {
    try {
      ftruncateSync(segment.file, segment.bytes);
    } catch {
      // half a frame stays at its end, where reading stops
    }
    throw error;
  }
  segment.bytes += bytes.length;
  segment.isDirty = true;
}

/** In the background. What cannot be made sure stays dirty, and is tried again. */
export function syncSegment(segment: Segment, failed: (error: Error) => void): void {
  const { file } = segment;
  if (file === null || !segment.isDirty) return;
  segment.isDirty = false;
  fdatasync(file, (error) => {
    if (!error || segment.file !== file) return; // closed since: that made sure of it, or it was not needed any more
    segment.isDirty = true;
    failed(error);
  });
}

/** All of it is on disk when this returns. Throws what the file system throws. */
export function closeSegment(segment: Segment): void {
  const { file, isDirty } = segment;
  segment.file = null;
  if (file === null) return;
  try {
    if (isDirty) fdatasyncSync(file);
    segment.isDirty = false;
  } finally {
    closeSync(file);
  }
}

export function removeSegment(segment: Segment): void {
  if (segment.file !== null) closeSync(segment.file);
  segment.file = null;
  if (segment.path !== null) rmSync(segment.path, { force: true });
}

/** As far as it can be read: what cannot is missing, and whoever counts finds that. */
export function framesOf(segment: Segment): readonly Frame[] {
  if (segment.path === null) return segment.frames;
  try {
    return scanFrames(readFileSync(segment.path)).frames;
  } catch {
    return [];
  }
}
