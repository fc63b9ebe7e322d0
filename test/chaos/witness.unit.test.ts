import { expect, test } from 'vitest';
import type { LedgerLine } from '../../cli/demo/ledger.ts';
import { lastWords, overlapsIn, replacements } from './witness.ts';

/** A process that writes every 50 ms, in the role that it has. */
function process(
  pid: number,
  instance: string,
  node: string,
  fromMs: number,
  toMs: number,
  role: LedgerLine['role'] = 'active',
): LedgerLine[] {
  const lines: LedgerLine[] = [];
  for (let monoMs = fromMs; monoMs <= toMs; monoMs += 50)
    lines.push({ instance, generation: pid, node, role, pid, monoMs });
  return lines;
}

test('two processes that act for one slot at once are an overlap; one after the other are none', () => {
  const first = process(1, 'web/0', 'N1', 0, 1000);
  expect(overlapsIn([...first, ...process(2, 'web/0', 'N2', 1050, 2000)], [])).toEqual([]);
  expect(overlapsIn([...first, ...process(2, 'web/0', 'N2', 950, 2000)], [])).toMatchObject([
    { of: 'web/0', a: { pid: 1 }, b: { pid: 2 } },
  ]);
  expect(overlapsIn([...first, ...process(2, 'web/1', 'N2', 950, 2000)], [])).toEqual([]);
});

test('an application of which one may act has no two slots that do', () => {
  const lines = [...process(1, 'orders/0', 'N1', 0, 1000), ...process(2, 'orders/1', 'N2', 500, 900)];
  expect(overlapsIn(lines, [])).toMatchObject([{ of: 'orders' }]);
  const warm = process(2, 'orders/1', 'N2', 0, 950, 'standby');
  expect(overlapsIn([...process(1, 'orders/0', 'N1', 0, 900), ...warm], [])).toEqual([]);
});

test('a process that stands still counts for as long as it was seen to live', () => {
  const frozen = process(1, 'archive/0', 'N1', 0, 500);
  const next = process(2, 'archive/0', 'N2', 3000, 4000);
  const words = lastWords(frozen, new Set([1])).get(1);
  if (!words) throw new Error('it has spoken');
  const seenUntil = (monoMs: number) => [
    { ...words, monoMs: 1000 },
    { ...words, monoMs },
  ];
  expect(overlapsIn([...frozen, ...next], seenUntil(2950))).toEqual([]);
  expect(overlapsIn([...frozen, ...next], seenUntil(3050))).toHaveLength(1);
});

test('only what acted has last words', () => {
  const lines = [...process(1, 'orders/0', 'N1', 0, 500), ...process(2, 'orders/1', 'N2', 0, 500, 'standby')];
  expect([...lastWords(lines, new Set([1, 2])).keys()]).toEqual([1]);
});

test('what was hit is replaced by its standby, or in its own slot', () => {
  const lines = [
    ...process(1, 'orders/0', 'N1', 0, 1000),
    ...process(2, 'orders/1', 'N2', 0, 1500, 'standby'),
    ...process(2, 'orders/1', 'N2', 1550, 3000),
    ...process(3, 'web/0', 'N1', 0, 1000),
    ...process(4, 'web/1', 'N2', 0, 3000),
    ...process(5, 'web/0', 'N3', 1800, 1950, 'standby'), // as some are started
    ...process(5, 'web/0', 'N3', 2000, 3000),
    ...process(6, 'archive/0', 'N1', 0, 1000),
  ].sort((a, b) => a.monoMs - b.monoMs);
  const hit = new Map([
    ['orders/0', [1]],
    ['web/0', [3]],
    ['archive/0', [6]],
  ]);
  expect(replacements(lines, hit, 1000)).toEqual([
    { instance: 'orders/0', afterMs: 550, by: 'promoted' },
    { instance: 'web/0', afterMs: 1000, by: 'started' },
    { instance: 'archive/0', afterMs: null, by: 'started' },
  ]);
});
