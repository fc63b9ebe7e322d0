import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { activeSpans, findOverlaps, type LedgerLine, LedgerReader, longestGapMs } from '../../../cli/demo/ledger.ts';

const line = (instance: string, pid: number, monoMs: number, role: LedgerLine['role'] = 'active'): LedgerLine => ({
  instance,
  generation: pid,
  node: `N${pid}`,
  role,
  pid,
  monoMs,
});
/** A line each 50 ms. */
const life = (instance: string, pid: number, fromMs: number, toMs: number, role?: LedgerLine['role']) =>
  Array.from({ length: (toMs - fromMs) / 50 + 1 }, (_, i) => line(instance, pid, fromMs + 50 * i, role));
const inOrder = (...lives: LedgerLine[][]) => lives.flat().sort((a, b) => a.monoMs - b.monoMs);
const ORDERS = new Set(['orders']);

test('one after the other is no overlap', () => {
  expect(findOverlaps(inOrder(life('orders/0', 1, 0, 1000), life('orders/0', 2, 1050, 2000)), ORDERS)).toEqual([]);
});

test('a slot that is active twice is found, however short it is', () => {
  const lines = inOrder(life('web/0', 1, 0, 1000), life('web/0', 2, 1000, 2000));
  const [overlap, ...more] = findOverlaps(lines, ORDERS);
  expect(more).toEqual([]);
  expect(overlap).toMatchObject({ of: 'web/0', a: { pid: 1, toMs: 1000 }, b: { pid: 2, fromMs: 1000 } });
});

test('of an application with one active, two slots may not be active at once; of others they may', () => {
  const two = (app: string) => inOrder(life(`${app}/0`, 1, 0, 1000), life(`${app}/1`, 2, 500, 2000));
  expect(findOverlaps(two('orders'), ORDERS)).toHaveLength(1);
  expect(findOverlaps(two('web'), ORDERS)).toEqual([]);
});

test('a warm standby is no overlap, and neither is its promotion after the old one has ended', () => {
  const lines = inOrder(
    life('orders/0', 1, 0, 1000),
    life('orders/1', 2, 0, 1500, 'standby'),
    life('orders/1', 2, 1550, 3000),
  );
  expect(findOverlaps(lines, ORDERS)).toEqual([]);
});

test('a process that stood still and then acts again was active all along: its successor overlaps', () => {
  const lines = inOrder(life('orders/0', 1, 0, 500), life('orders/1', 2, 2000, 4000), life('orders/0', 1, 3000, 3050));
  expect(findOverlaps(lines, ORDERS)).toHaveLength(1);
});

test('a process that became standby and active again has two spans', () => {
  const lines = inOrder(life('a/0', 1, 0, 500), life('a/0', 1, 550, 900, 'standby'), life('a/0', 1, 950, 1200));
  expect(activeSpans(lines).map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
    [0, 500],
    [950, 1200],
  ]);
});

test('the longest time with nobody active, counted from a moment on', () => {
  const lines = inOrder(life('orders/0', 1, 0, 1000), life('orders/1', 2, 3000, 4000), life('orders/0', 3, 4200, 5000));
  expect(longestGapMs(lines, 'orders', 0)).toBe(2000);
  expect(longestGapMs(lines, 'orders', 900)).toBe(2000);
  expect(longestGapMs(lines, 'orders', 3500)).toBe(200);
  expect(longestGapMs(lines, 'nothing', 0)).toBeNull();
});

test('files: read on where it was left, unfinished lines wait, nonsense is reported', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ek-ledger-'));
  try {
    const file = join(directory, 'web_0.jsonl');
    const lines = life('web/0', 1, 0, 50_000);
    const text = lines.map((one) => `${JSON.stringify(one)}\n`).join('');
    const reader = new LedgerReader(directory);
    expect(reader.lines()).toEqual([]);
    appendFileSync(file, text.slice(0, 12_345));
    const some = reader.lines();
    expect(some.length).toBeGreaterThan(10);
    expect(some).toEqual(lines.slice(0, some.length));
    appendFileSync(file, text.slice(12_345));
    expect(reader.lines()).toEqual(lines);
    expect(reader.since(49_900).map(({ monoMs }) => monoMs)).toEqual([49_900, 49_950, 50_000]);
    appendFileSync(file, `${text.slice(0, 40)}${JSON.stringify(line('web/0', 2, 60_000))}\n`); // killed while it wrote
    expect(reader.lines()).toEqual([...lines, line('web/0', 2, 60_000)]);
    appendFileSync(file, '{"instance":5}\n');
    expect(() => reader.lines()).toThrow(/web_0\.jsonl holds what is no ledger line/);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
