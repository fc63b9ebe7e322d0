import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  activeSpans,
  findOverlaps,
  type LedgerLine,
  longestGapMs,
  readLedgers,
  readLedgerTails,
} from '../../../cli/demo/ledger.ts';

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

test('files: unfinished last lines are left out, nonsense is reported, tails hold the newest lines', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ek-ledger-'));
  try {
    const lines = life('web/0', 1, 0, 50_000);
    const text = lines.map((one) => `${JSON.stringify(one)}\n`).join('');
    writeFileSync(join(directory, 'web_0.jsonl'), `${text}{"instance":"web/0","gen`);
    expect(readLedgers(directory)).toEqual(lines);
    const tail = readLedgerTails(directory);
    expect(tail.length).toBeLessThan(lines.length);
    expect(tail).toEqual(lines.slice(-tail.length));
    writeFileSync(join(directory, 'bad.jsonl'), '{"instance":5}\n');
    expect(() => readLedgers(directory)).toThrow(/bad\.jsonl holds what is no ledger line/);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
