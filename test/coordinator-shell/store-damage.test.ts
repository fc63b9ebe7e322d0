import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { openSqliteStore } from '../../coordinator/store/sqlite.ts';
import { line, meta, slot } from './store-contents.ts';
import { afterwards, temporaryFolder } from './temporary.ts';

/*
 * Whatever single thing changes in the files, what is read is either all that was written, or an error. Most of the damage
 * is to be found: only free space, and numbers that SQLite does not use, may change unnoticed.
 */

type Files = Readonly<Record<string, Buffer>>;

/** All that can be read, or the code of the error. */
function read(folder: string, files: Files): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  try {
    const store = openSqliteStore(join(folder, 'evenkeel.db'));
    try {
      return JSON.stringify([store.load(), store.journal(0, 100_000)]);
    } finally {
      store.close();
    }
  } catch (error) {
    return String((error as { code?: string }).code);
  }
}

/** Of every kind of page: inner and leaf pages of both trees, overflow chains, free pages. */
function writtenStore(folder: string): Files {
  const file = join(folder, 'evenkeel.db');
  const store = openSqliteStore(file, { keepLines: 150 });
  store.commit([meta(3)], [], 0);
  for (let i = 0; i < 400; i++)
    store.commit([slot(`app-${i % 150}/${i % 7}`, i)], [line(`${i} ${'long '.repeat(i % 40 === 0 ? 2000 : 20)}`)], i);
  store.close();
  return { 'evenkeel.db': readFileSync(file), 'evenkeel.db-head': readFileSync(`${file}-head`) };
}

/** As a kill leaves it: most is in the write-ahead log only. */
function openedStore(folder: string): Files {
  const file = join(folder, 'evenkeel.db');
  const store = openSqliteStore(file);
  for (let i = 1; i <= 120; i++) store.commit([slot(`app/${i % 20}`, i)], [line(`commit ${i}`)], i);
  const files = ['', '-wal', '-head'].map((ending) => [`evenkeel.db${ending}`, readFileSync(file + ending)]);
  store.close();
  return Object.fromEntries(files);
}

let closed: Files;
let killed: Files;
beforeAll(() => {
  const folder = temporaryFolder();
  closed = writtenStore(folder);
  killed = openedStore(temporaryFolder());
});

const KNOWN = ['STORE_CORRUPT', 'STORE_FAILED'];

function withBit(files: Files, name: string, bit: number): Files {
  const bytes = Buffer.from(files[name]!);
  bytes[bit >> 3]! ^= 1 << (bit & 7);
  return { ...files, [name]: bytes };
}

test.each([
  ['the database', 'evenkeel.db', 400, 0.7],
  ['the write-ahead log', 'evenkeel.db-wal', 150, 0.9],
] as const)('a changed bit in %s is found, or changes nothing', (_, name, runs, leastFound) => {
  const files = name === 'evenkeel.db' ? closed : killed;
  const folder = join(temporaryFolder(), 'store');
  const whole = read(folder, files);
  expect(whole).toContain('"slots":[{');
  let found = 0;
  fc.assert(
    fc.property(fc.nat(files[name]!.length * 8 - 1), (bit) => {
      const now = read(folder, withBit(files, name, bit));
      if (KNOWN.includes(now)) found++;
      else if (now !== whole) throw new Error(`bit ${bit}: ${now.slice(0, 200)}`);
    }),
    { numRuns: runs },
  );
  expect(found / runs).toBeGreaterThan(leastFound);
});

test('a changed bit in the header of the file is found, or changes nothing', () => {
  const folder = join(temporaryFolder(), 'store');
  const whole = read(folder, closed);
  fc.assert(
    fc.property(fc.nat(100 * 8 - 1), (bit) => {
      const now = read(folder, withBit(closed, 'evenkeel.db', bit));
      if (!KNOWN.includes(now) && now !== whole) throw new Error(`bit ${bit}: ${now.slice(0, 200)}`);
    }),
    { numRuns: 150 },
  );
});

test('a page of zeros, of another page or of an older time is found, and so is a file cut at any page', () => {
  const folder = join(temporaryFolder(), 'store');
  const whole = read(folder, closed);
  const database = closed['evenkeel.db']!;
  const pages = database.length / 4096;
  const page = (number: number) => database.subarray(number * 4096, (number + 1) * 4096);
  fc.assert(
    fc.property(fc.nat(pages - 1), fc.nat(pages - 1), fc.constantFrom('zeros', 'other', 'cut'), (at, other, kind) => {
      const bytes = Buffer.from(database);
      if (kind === 'zeros') bytes.fill(0, at * 4096, (at + 1) * 4096);
      if (kind === 'other') page(other).copy(bytes, at * 4096);
      const now = read(folder, { ...closed, 'evenkeel.db': kind === 'cut' ? bytes.subarray(0, at * 4096) : bytes });
      if (!KNOWN.includes(now) && now !== whole) throw new Error(`${kind} ${at} ${other}: ${now.slice(0, 200)}`);
    }),
    { numRuns: 150 },
  );
});

test('a damaged witness is not believed, and is no reason to stop', () => {
  const folder = join(temporaryFolder(), 'store');
  const whole = read(folder, closed);
  for (let bit = 0; bit < closed['evenkeel.db-head']!.length * 8; bit += 31)
    expect(read(folder, withBit(closed, 'evenkeel.db-head', bit))).toBe(whole);
});

test('an older page of the same file is found', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'evenkeel.db');
  const write = (generation: number) => {
    const store = openSqliteStore(file);
    store.commit([slot('web/0', generation)], [line(`generation ${generation}`)], generation);
    store.close();
    return readFileSync(file);
  };
  const older = write(1);
  const newer = write(2);
  const elsewhere = join(temporaryFolder(), 'store');
  afterwards(() => rmSync(elsewhere, { recursive: true, force: true }));
  const head = readFileSync(`${file}-head`);
  let differ = 0;
  for (let at = 0; at < newer.length; at += 4096) {
    const bytes = Buffer.from(newer);
    older.copy(bytes, at, at, at + 4096);
    if (bytes.equals(newer) || at === 0) continue; // the first page holds only the tables' names and counters
    differ++;
    expect(read(elsewhere, { 'evenkeel.db': bytes, 'evenkeel.db-head': head })).toBe('STORE_CORRUPT');
  }
  expect(differ).toBeGreaterThan(1);
});
