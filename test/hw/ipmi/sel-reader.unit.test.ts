import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FIRST_RECORD, LAST_RECORD, type SelRecord } from '../../../hw/ipmi/parse-sel.ts';
import { type SelMemory, selMemory } from '../../../hw/ipmi/sel-memory.ts';
import { openSelReader } from '../../../hw/ipmi/sel-reader.ts';

/** A BMC's log as IPMI has it: each record names the next one; the oldest are overwritten where there is no room. */
class Log {
  records: { readonly id: number; readonly stamp: number }[] = [];
  reads = 0;
  #stamp = 0;
  #erased = 0;
  readonly #room: number;
  constructor(room = 1000) {
    this.#room = room;
  }
  add(jump = 1): void {
    this.#stamp++;
    this.records.push({ id: (this.records.at(-1)?.id ?? 0) + jump, stamp: this.#stamp });
    if (this.records.length > this.#room) this.records.shift();
  }
  clear(): void {
    this.records = [];
    this.#erased = ++this.#stamp;
  }
  mark() {
    return { entries: this.records.length, added: String(this.#stamp), erased: String(this.#erased) };
  }
  reader(memory: SelMemory = selMemory(null, 'a BMC')) {
    return openSelReader(
      async (ids) => {
        this.reads++;
        return ids.flatMap((id) => this.#record(id));
      },
      async (ids) =>
        new Map(
          ids.map((id) => [id, { text: `record ${this.records.find((one) => one.id === id)?.stamp}`, sensor: '' }]),
        ),
      memory,
    );
  }
  #record(id: number): SelRecord[] {
    const { records } = this;
    const at =
      id === FIRST_RECORD ? 0 : id === LAST_RECORD ? records.length - 1 : records.findIndex((r) => r.id === id);
    const record = records[at];
    if (record === undefined) return [];
    const bytes = Array.from({ length: 16 }, (_, index) =>
      index === 3 ? record.stamp & 255 : index === 4 ? record.stamp >> 8 : 0,
    );
    return [{ id: record.id, next: records[at + 1]?.id ?? LAST_RECORD, bytes }];
  }
}
type Reader = ReturnType<Log['reader']>;
const look = async (log: Log, reader: Reader) =>
  (await reader.look(log.mark())).map(({ text }) => Number(text.replace('record ', '')));

test('however the log grows and is cleared, each record is told once, in order', async () => {
  const deed = fc.oneof(
    fc.record({
      kind: fc.constant('add' as const),
      count: fc.integer({ min: 1, max: 40 }),
      jump: fc.constantFrom(1, 1, 1, 2, 7),
    }),
    fc.record({ kind: fc.constantFrom('clear' as const, 'look' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(20), fc.array(deed, { maxLength: 30 }), async (before, deeds) => {
      const log = new Log();
      for (let n = 0; n < before; n++) log.add();
      const reader = log.reader();
      expect(await look(log, reader)).toEqual([]);
      const expected: number[] = [];
      const told: number[] = [];
      const lookUntilQuiet = async () => {
        for (let fresh = [-1]; fresh.length > 0; told.push(...fresh)) fresh = await look(log, reader);
        told.splice(told.indexOf(-1), told.includes(-1) ? 1 : 0);
      };
      for (const one of deeds) {
        if (one.kind === 'add')
          for (let n = 0; n < one.count; n++) {
            log.add(one.jump);
            expected.push(log.records.at(-1)?.stamp ?? 0);
          }
        else await lookUntilQuiet(); // what is cleared before anybody has looked is lost
        if (one.kind === 'clear') log.clear();
      }
      await lookUntilQuiet();
      expect(told).toEqual(expected);
    }),
  );
});

test('reading on takes one session, however long the log is, and none where nothing has changed', async () => {
  const log = new Log();
  for (let n = 0; n < 900; n++) log.add();
  const reader = log.reader();
  await look(log, reader);
  expect(log.reads).toBe(1);
  for (let n = 0; n < 5; n++) log.add();
  expect(await look(log, reader)).toEqual([901, 902, 903, 904, 905]);
  expect(log.reads).toBe(2);
  expect(await look(log, reader)).toEqual([]);
  expect(log.reads).toBe(2);
});

test('a full log that goes round: what is new is told; when the last one known is gone, the newest', async () => {
  const log = new Log(100);
  for (let n = 0; n < 100; n++) log.add();
  const reader = log.reader();
  await look(log, reader);
  log.add();
  log.add();
  expect(await look(log, reader)).toEqual([101, 102]);
  for (let n = 0; n < 150; n++) log.add();
  expect(await look(log, reader)).toEqual([252]);
  log.add();
  expect(await look(log, reader)).toEqual([253]);
});

test('a log that leads in a circle or into nothing ends', async () => {
  const record = (id: number, next: number): SelRecord => ({ id, next, bytes: Array(16).fill(id) });
  const mark = (added: string) => ({ entries: 3, added, erased: '' });
  for (const next of [1, 2, 77]) {
    let end: SelRecord = record(1, LAST_RECORD);
    const reader = openSelReader(
      async (ids) =>
        ids.flatMap((id) =>
          id === LAST_RECORD ? [end] : id === 1 ? [record(1, 2)] : id === 2 ? [record(2, next)] : [],
        ),
      async () => new Map(),
      selMemory(null, 'a BMC'),
    );
    await reader.look(mark('1'));
    end = record(2, next);
    expect((await reader.look(mark('2'))).map(({ id }) => id)).toEqual([2]);
  }
});

test('what the log gained while nobody looked is told afterwards, unless what is remembered is damaged or of another', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'ek-sel-'));
  const file = join(directory, 'sel.json');
  try {
    const log = new Log();
    for (let n = 0; n < 5; n++) log.add();
    const again = (name = 'a BMC') => log.reader(selMemory(directory, name));
    expect(await look(log, again())).toEqual([]);
    log.add();
    log.add();
    expect(await look(log, again())).toEqual([6, 7]);
    expect(await look(log, again())).toEqual([]);
    log.add();
    expect(await look(log, again('another BMC'))).toEqual([]);
    log.add();
    expect(await look(log, again('another BMC'))).toEqual([9]);

    for (const damage of ['', '{', '{"bmc":"a BMC"}', readFileSync(file, 'utf8').replace('"bytes":[', '"bytes":[7,')]) {
      writeFileSync(file, damage);
      expect(await look(log, again())).toEqual([]);
      log.add();
      expect(await look(log, again())).toHaveLength(1);
    }
    const board = new Log(); // the server got another one, at the same address
    for (let n = 0; n < 300; n++) board.add(3);
    const reader = board.reader(selMemory(directory, 'a BMC'));
    expect(await look(board, reader)).toEqual([]);
    board.add();
    expect(await look(board, reader)).toEqual([301]);

    rmSync(directory, { recursive: true });
    expect(await look(log, again())).toEqual([]); // nowhere to write
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
