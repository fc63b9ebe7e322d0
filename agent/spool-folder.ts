import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { missingOf, type Ranges, unionOf } from '../protocol/ranges.ts';
import { type Frame, scanFrames } from './spool-frame.ts';
import type { SpoolLedger } from './spool-ledger.ts';
import { addToRanges, emptySegment, type Segment } from './spool-segment.ts';

export function segmentPath(dir: string, id: number, isNotable: boolean): string {
  return join(dir, `${String(id).padStart(10, '0')}-${isNotable ? 'notable' : 'plain'}.seg`);
}

/**
 * What earlier agents left, oldest first; the ledger learns what they noted. What is damaged is not believed, and what it held counts
 * as lost. Throws what the file system throws where the folder cannot be had.
 */
export function loadSegments(
  dir: string,
  ledger: SpoolLedger,
  onCorrupt: (detail: string) => void,
): { readonly segments: Segment[]; readonly nextId: number } {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const segments: Segment[] = [];
  let nextId = 1;
  for (const name of readdirSync(dir).sort()) {
    const match = /^([0-9]{10})-(plain|notable)\.seg$/.exec(name);
    if (!match) continue;
    const path = join(dir, name);
    const segment = emptySegment(Number(match[1]), match[2] === 'notable', 0);
    nextId = Math.max(nextId, segment.id + 1);
    const { frames, goodBytes, damage } = scanFrames(readFileSync(path), 'notes');
    if (damage === 'damaged') onCorrupt(`${path} is damaged after ${goodBytes} bytes: what comes there is lost`);
    if (damage !== 'none') truncateSync(path, goodBytes);
    try {
      for (const frame of frames) take(segment, frame, ledger);
    } catch {
      onCorrupt(`${path} holds what cannot be understood: it is put aside`);
      setAside(path);
      continue;
    }
    segment.path = path;
    segment.bytes = goodBytes;
    if (frames.length === 0) rmSync(path, { force: true });
    else segments.push(segment);
  }
  loseHoles(segments, ledger);
  return { segments, nextId };
}

function take(segment: Segment, frame: Frame, ledger: SpoolLedger): void {
  if (frame.kind !== 'record') {
    ledger.take(frame);
    return;
  }
  addToRanges(segment, frame);
  segment.streams.add(frame.stream);
  if (ledger.isOfThisMachineBoot(frame.stream)) segment.newestAtMs = Math.max(segment.newestAtMs, frame.atMs);
}

/** Numbers below a stream's newest that are nowhere: what was damaged, or did not reach the disk. */
function loseHoles(segments: readonly Segment[], ledger: SpoolLedger): void {
  const found = new Map<number, Ranges>();
  for (const { ranges } of segments)
    for (const [stream, all] of ranges) found.set(stream, unionOf(found.get(stream) ?? [], all));
  for (const [stream, ranges] of found) {
    const end = ranges.at(-1)?.[1] ?? 0;
    const known = unionOf(unionOf(ranges, ledger.ackedOf(stream)), ledger.gapsOf(stream));
    ledger.lose(stream, missingOf(known, [0, end]));
  }
}

/** The newest damaged file is kept for whoever wants to know what happened. */
function setAside(path: string): void {
  try {
    renameSync(path, join(path, '..', 'damaged.seg.corrupt'));
  } catch {
    rmSync(path, { force: true });
  }
}
