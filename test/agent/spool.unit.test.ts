import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Entry, Spool, type SpoolOptions } from '../../agent/spool.ts';
import { encodeFrame, type Frame, scanFrames } from '../../agent/spool-frame.ts';
import { missingOf, type Ranges, sizeOf, withRange } from '../../protocol/ranges.ts';

let root: string;
let problems: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'evenkeel-spool-'));
  problems = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const NAMES = { table: 'tableAAA', usage: [], sensors: ['a'], units: [['C', 1] as ['C', number]] };
const STREAM = 100;
function open(change: Partial<SpoolOptions> = {}, nowMs = 0): Spool {
  return new Spool(
    {
      dir: join(root, 'spool'),
      ownStream: STREAM,
      machineBoot: 'm1',
      bootWallMs: 0,
      maxBytes: 1_000_000,
      maxAgeMs: 1e9,
      maxMemoryBytes: 32_768,
      onProblem: (code, detail) => problems.push(`${code} ${detail}`),
      ...change,
    },
    nowMs,
  );
}
const entryOf = (first: number, change: Partial<Entry> = {}): Entry => ({
  stream: STREAM,
  first,
  count: 1,
  atMs: first,
  wire: JSON.stringify([first, first, 'tableAAA', [0], [first]]),
  table: 'tableAAA',
  isNotable: false,
  ...change,
});
const fill = (spool: Spool, from: number, to: number, change: (first: number) => Partial<Entry> = () => ({})) => {
  for (let first = from; first < to; first++) spool.append(entryOf(first, change(first)), NAMES, first);
};
const firstsOf = (spool: Spool, stream = STREAM) => [...spool.waiting(stream)].map(({ first }) => first);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const files = () => readdirSync(join(root, 'spool')).filter((name) => name.endsWith('.seg'));

test('what an agent wrote before it was killed is there for the next, in order, with all that is needed to tell it', () => {
  fill(open(), 0, 50, (first) => ({ isNotable: first % 7 === 0 }));
  const next = open({ ownStream: 200, machineBoot: 'm2' });
  expect(firstsOf(next)).toEqual(range(0, 50));
  expect([...next.waiting(STREAM)][3]?.wire).toBe(entryOf(3).wire);
  expect(next.ledger.clockOf(STREAM)).toEqual({ machineBoot: 'm1', bootWallMs: 0 });
  expect(next.ledger.tableOf('tableAAA')).toEqual(NAMES);
  expect(problems).toEqual([]);
});

test('a file cut off anywhere holds its complete frames and nothing else, and is no reason to complain', () => {
  fill(open(), 0, 6);
  const [name = ''] = files();
  const whole = readFileSync(join(root, 'spool', name));
  let end = 0;
  const ends = scanFrames(whole).frames.map((frame) => {
    end += encodeFrame(frame).length;
    return end;
  });
  for (let length = 0; length <= whole.length; length++) {
    writeFileSync(join(root, 'spool', name), whole.subarray(0, length));
    const complete = ends.filter((each) => each <= length).length;
    expect(firstsOf(open())).toEqual(range(0, Math.max(0, complete - 2))); // after the stream and its names
    rmSync(join(root, 'spool', name), { force: true });
  }
  writeFileSync(join(root, 'spool', name), Buffer.concat([whole, Buffer.alloc(4096)]));
  const grown = open();
  fill(grown, 6, 8);
  expect(firstsOf(open())).toEqual(range(0, 8));
  expect(problems).toEqual([]);
});

test('any changed byte is found: nothing false is told, what is missing is lost by exact count, and the agent starts', () => {
  fill(open({ maxBytes: 131_072 }), 0, 200, () => ({ wire: 'x'.repeat(60) })); // several segments
  const names = files().sort();
  expect(names.length).toBeGreaterThan(3);
  mkdirSync(join(root, 'kept'));
  for (const name of names) copyFileSync(join(root, 'spool', name), join(root, 'kept', name));
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.nat(), fc.integer({ min: 1, max: 255 }), (name, place, flip) => {
      rmSync(join(root, 'spool'), { recursive: true });
      mkdirSync(join(root, 'spool'));
      for (const each of names) copyFileSync(join(root, 'kept', each), join(root, 'spool', each));
      const path = join(root, 'spool', name);
      const bytes = readFileSync(path);
      bytes[place % bytes.length] = (bytes[place % bytes.length] ?? 0) ^ flip;
      writeFileSync(path, bytes);
      const spool = open({ ownStream: 200 });
      const waiting = [...spool.waiting(STREAM)];
      for (const { wire } of waiting) expect(wire).toBe('x'.repeat(60));
      let known: Ranges = spool.ledger.gapsOf(STREAM);
      const lost = sizeOf(known);
      for (const { first } of waiting) known = withRange(known, [first, first + 1]);
      const end = (waiting.at(-1)?.first ?? -1) + 1;
      expect(missingOf(known, [0, end])).toEqual([]);
      expect(spool.ledger.lost).toBe(lost);
      if (name !== names.at(-1)) expect(waiting.length + lost).toBe(200);
    }),
    { numRuns: 150 },
  );
});

test('files that only look like ours, and folders, and nonsense within a good checksum', () => {
  const dir = join(root, 'spool');
  mkdirSync(dir);
  writeFileSync(join(dir, 'notes.txt'), 'mine');
  writeFileSync(join(dir, '0000000001-plain.seg'), 'no frame at all, but long enough to be one');
  const frame: Frame = { kind: 'stream', stream: 1, first: 0, count: 0, atMs: 0, text: '{"no":"clock"}' };
  writeFileSync(join(dir, '0000000002-plain.seg'), encodeFrame(frame));
  const spool = open();
  expect(problems.map((each) => each.slice(0, 13))).toEqual(['SPOOL_CORRUPT', 'SPOOL_CORRUPT']);
  fill(spool, 0, 3);
  expect(firstsOf(open())).toEqual([0, 1, 2]);
  expect(readFileSync(join(dir, 'notes.txt'), 'utf8')).toBe('mine');
});

test('where there is no room the oldest of what is well goes first, and every sample waits or is in a gap', () => {
  const maxBytes = 131_072;
  const spool = open({ maxBytes });
  const isNotable = (first: number) => first % 50 === 0;
  fill(spool, 0, 3000, (first) => ({ isNotable: isNotable(first), wire: 'x'.repeat(60) }));
  const check = (each: Spool) => {
    const waiting = firstsOf(each);
    const lost = sizeOf(each.ledger.gapsOf(STREAM));
    expect(waiting.length + lost).toBe(3000);
    expect(waiting.filter(isNotable)).toEqual(range(0, 3000).filter(isNotable));
    const plain = waiting.filter((first) => !isNotable(first));
    expect(plain).toEqual(range(plain[0] ?? 0, 3000).filter((first) => !isNotable(first))); // only the newest
    expect(plain.length).toBeGreaterThan(500);
    return lost;
  };
  expect(check(spool)).toBe(spool.ledger.lost);
  const onDisk = files().reduce((sum, name) => sum + statSync(join(root, 'spool', name)).size, 0);
  expect(onDisk).toBeLessThanOrEqual(maxBytes + maxBytes / 32);
  check(open({ maxBytes, ownStream: 200 }));
});

test('what is too old goes; after the machine has started anew nobody knows how old it is, and it stays as long again', () => {
  const spool = open({ maxAgeMs: 10_000 });
  fill(spool, 0, 100);
  spool.append(entryOf(100, { atMs: 11_000, isNotable: true }), NAMES, 11_000);
  expect(firstsOf(spool)).toEqual([100]);
  expect(spool.ledger.gapsOf(STREAM)).toEqual([[0, 100]]);
  const later = open({ maxAgeMs: 10_000, machineBoot: 'm2', ownStream: 200 }, 5000);
  expect(firstsOf(later)).toEqual([100]);
  later.append(entryOf(0, { stream: 200, atMs: 10_001 }), NAMES, 10_001);
  expect(firstsOf(later)).toEqual([]);
  expect(later.ledger.gapsOf(STREAM)).toEqual([[0, 101]]);
  expect(firstsOf(later, 200)).toEqual([0]);
  expect(open({ maxAgeMs: 10_000, machineBoot: 'm2', ownStream: 300 }, 10_001).ledger.gapsOf(STREAM)).toEqual([
    [0, 101],
  ]);
});

test('what is acknowledged leaves the disk, and a restart does not bring it back', () => {
  const spool = open({ maxBytes: 131_072 });
  fill(spool, 0, 300, () => ({ wire: 'x'.repeat(60) }));
  const before = files().length;
  spool.acknowledge(
    STREAM,
    [
      [0, 200],
      [210, 220],
    ],
    300,
  );
  expect(files().length).toBeLessThan(before);
  expect(firstsOf(spool)).toEqual([...range(200, 210), ...range(220, 300)]);
  expect(spool.ledger.fromOf(STREAM)).toBe(200);
  const next = open({ maxBytes: 131_072, ownStream: 200 });
  expect(firstsOf(next).at(0)).toBe(200);
  expect(next.ledger.gapsOf(STREAM)).toEqual([]);
  next.acknowledge(STREAM, [[0, 300]], 300);
  expect(next.isEmpty()).toBe(true);
  expect(files()).toEqual([]);
  expect(next.ledger.streams()).toEqual([200]); // its own
  next.acknowledge(STREAM, [[0, 300]], 300);
  expect(next.ledger.ackedOf(STREAM)).toEqual([]);
});

test('a disk that takes nothing is stood in for by memory, within its bound, and taken up again when it is well', () => {
  writeFileSync(join(root, 'spool'), 'a file in place of the folder');
  const spool = open();
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(/^SPOOL_FAILED .*spool takes no samples: E/);
  fill(spool, 0, 1000);
  expect(spool.bytes).toBeLessThanOrEqual(32_768 + 4096);
  const waiting = firstsOf(spool);
  expect(waiting.length).toBeGreaterThan(100);
  expect(waiting.length + sizeOf(spool.ledger.gapsOf(STREAM))).toBe(1000);
  rmSync(join(root, 'spool'));
  spool.append(entryOf(1000), NAMES, 70_000);
  expect(firstsOf(spool)).toEqual([...waiting, 1000]);
  const next = open({ ownStream: 200 });
  expect(firstsOf(next)).toEqual([...waiting, 1000]);
  expect(firstsOf(next).length + sizeOf(next.ledger.gapsOf(STREAM))).toBe(1001);
  expect(problems).toHaveLength(1);
});

test('a disk that is full in the middle loses nothing that fits into memory, and is used again when it has room', () => {
  const spool = open({ maxBytes: 131_072 });
  fill(spool, 0, 10);
  const full = join(root, 'spool', '0000000002-notable.seg');
  symlinkSync('/dev/full', full);
  fill(spool, 10, 20, () => ({ isNotable: true }));
  expect(problems).toEqual([expect.stringMatching(/^SPOOL_FAILED .*takes no samples: ENOSPC/)]);
  fill(spool, 20, 30);
  expect(firstsOf(spool)).toEqual(range(0, 30));
  rmSync(full);
  spool.append(entryOf(30), NAMES, 70_000);
  expect(firstsOf(open({ ownStream: 200 }))).toEqual(range(0, 31));
  expect(problems).toHaveLength(1);
});
