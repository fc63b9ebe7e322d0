import { expect, test } from 'vitest';
import { startBmcLoop } from '../../agent/bmc-loop.ts';
import type { Bmc, BmcEvent } from '../../hw/bmc.ts';
import { OperatingError } from '../../protocol/errors.ts';
import { until } from './stage.ts';

const unused = async () => {
  throw new OperatingError('BMC_REFUSED', 'not in this test');
};
const identity = async () => ({ guid: 'G', serial: 'S' });
const event = (id: number, asserted = true): BmcEvent => ({ id, when: '', text: `entry ${id}`, asserted });

test('what its log has gained is told once, the newest ten of many', async () => {
  const looks: BmcEvent[][] = [[], [event(1), event(2, false)], [...Array(12).keys()].map((id) => event(id + 3))];
  const told: string[] = [];
  const bmc: Bmc = {
    ...{ power: unused, powerOff: unused, powerOn: unused, identity },
    sensors: async () => [],
    events: async () => looks.shift() ?? [],
  };
  const loop = startBmcLoop(bmc, 1, (kind, detail) => told.push(`${kind} ${detail}`));
  await until('all looks are taken', () => looks.length === 0 && told.length >= 13);
  loop.end();
  expect(told.slice(0, 3)).toEqual([
    'bmc-event BMC log: entry 1',
    'bmc-event BMC log: entry 2 (passed)',
    'bmc-event BMC log: entry 5',
  ]);
  expect(told.slice(-2)).toEqual(['bmc-event BMC log: entry 14', 'bmc-event BMC log: 2 older new entries']);
});

test('of many entries none that says something of a component is left out, but for what a later one replaces', async () => {
  const entries = [...Array(40).keys()].map((id): BmcEvent => {
    const about = { component: `bmc/${id % 2}`, level: 'warning', asserted: id % 4 < 2 } as const;
    return { ...event(id), ...(id < 20 ? { part: about } : {}) };
  });
  const told: unknown[] = [];
  const bmc: Bmc = {
    ...{ power: unused, powerOff: unused, powerOn: unused, identity },
    sensors: async () => [],
    events: async () => entries.splice(0),
  };
  const loop = startBmcLoop(bmc, 1, (_kind, detail, part) => told.push(part ?? detail));
  await until('all is told', () => told.length >= 13);
  loop.end();
  expect(told.slice(0, 3)).toEqual([
    { component: 'bmc/0', level: 'warning', asserted: false },
    { component: 'bmc/1', level: 'warning', asserted: false },
    'BMC log: entry 30',
  ]);
  expect(told.at(-1)).toBe('BMC log: 28 older new entries');
});

test('one that refuses is asked ever less often', async () => {
  const asked: number[] = [];
  const bmc: Bmc = {
    ...{ power: unused, powerOff: unused, powerOn: unused, identity },
    sensors: async () => {
      asked.push(performance.now());
      return unused();
    },
  };
  const loop = startBmcLoop(bmc, 10, () => {});
  await until('it was asked six times', () => asked.length === 6);
  loop.end();
  const pauses = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
  expect(pauses[4]).toBeGreaterThanOrEqual(155); // 16 times 10 ms
  expect(pauses[3]).toBeGreaterThanOrEqual(75);
});
