import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deadbandOf, isOutside } from '../../agent/deadband.ts';
import { type Cycle, FRESH_SAMPLER, type Sampler, takeSamples } from '../../agent/sampling.ts';
import type { Reading, Unit } from '../../protocol/reading.ts';
import { NameTable, readingOf, type Sample } from '../../protocol/samples.ts';
import { seriesOf } from '../../protocol/series.ts';

const id = (content: string) => `t${content.length}`.padEnd(8, '_').slice(0, 8);
const cycleOf = (readings: Reading[], atMs = 0): Cycle => ({ readings, usage: {}, atMs });
const take = (sampler: Sampler, cycle: Cycle, isWhole = false) => takeSamples(sampler, cycle, {}, isWhole, id);
const temperature = (value: number | null, more: Partial<Reading> = {}): Reading => ({
  sensor: 'hwmon/cpu',
  value,
  unit: 'C',
  ...more,
});

test.each<[string, Reading, boolean]>([
  ['the same value', temperature(50), false],
  ['a value within its deadband', temperature(50.4), false],
  ['one outside', temperature(50.6), true],
  ['no value', temperature(null), true],
  ['another level', temperature(50, { level: 'warning' }), true],
  ['another limit', temperature(50, { limit: 80 }), true],
])('%s: told or not', (_what, reading, isTold) => {
  const { sampler } = take(FRESH_SAMPLER, cycleOf([temperature(50)]));
  expect(take(sampler, cycleOf([reading])).record.samples.length).toBe(isTold ? 1 : 0);
});

test('a slow drift is told each time it has gone a deadband further', () => {
  let { sampler } = take(FRESH_SAMPLER, cycleOf([temperature(50)]));
  const told: (number | null)[] = [];
  for (let i = 1; i <= 20; i++) {
    const taken = take(sampler, cycleOf([temperature(50 + i / 10)]));
    sampler = taken.sampler;
    told.push(...taken.record.samples.map(({ value }) => value));
  }
  expect(told).toEqual([50.6, 51.2, 51.8]);
});

test('what is not told again in its maximum age is told again, not all of it at once', () => {
  const readings = Array.from({ length: 40 }, (_, i): Reading => ({ sensor: `fan${i}`, value: 5000, unit: 'RPM' }));
  let { sampler } = take(FRESH_SAMPLER, cycleOf(readings));
  const lastTold = new Map(readings.map((_, i) => [i, 0]));
  let most = 0;
  for (let atMs = 10_000; atMs <= 1_000_000; atMs += 10_000) {
    const taken = take(sampler, cycleOf(readings, atMs));
    sampler = taken.sampler;
    most = Math.max(most, taken.record.samples.length);
    for (const { index } of taken.record.samples) lastTold.set(index, atMs);
    for (const before of lastTold.values()) expect(atMs - before).toBeLessThanOrEqual(300_000);
  }
  expect(most).toBeLessThan(10);
});

test('a sensor that goes and comes back needs no new names; one that was never there does', () => {
  const fan: Reading = { sensor: 'bmc/FAN1', value: 5000, unit: 'RPM' };
  const first = take(FRESH_SAMPLER, cycleOf([temperature(50), fan]));
  const gone = take(first.sampler, cycleOf([temperature(50)]));
  expect(gone).toMatchObject({ isNewTable: false, isNotable: true });
  expect(gone.record.samples).toMatchObject([{ index: 1, isGone: true }]);
  const back = take(gone.sampler, cycleOf([temperature(50), fan]));
  expect(back).toMatchObject({ isNewTable: false, record: { samples: [{ index: 1, value: 5000 }] } });
  const more = take(back.sampler, cycleOf([temperature(50), fan, { ...fan, sensor: 'bmc/FAN2' }]));
  expect(more).toMatchObject({ isNewTable: true, record: { isWhole: true, first: 4 } });
  expect(more.record.samples).toHaveLength(3);
  for (const change of [{ unit: 'state' }, { critical: 90 }, { kind: 'wear' }, { component: 'bmc' }] as const)
    expect(take(back.sampler, cycleOf([temperature(50), { ...fan, ...change }])).isNewTable).toBe(true);
});

test('names can be given deadbands of their own, the most exact one counts', () => {
  const rules = { 'bmc/*': { absolute: 5 }, 'bmc/FAN*': { absolute: 100, share: 0 }, 'bmc/FAN1': { maxAgeMs: 1000 } };
  expect(deadbandOf('bmc/Inlet', 'C', rules)).toEqual({ absolute: 5, share: 0, maxAgeMs: 300_000 });
  expect(deadbandOf('bmc/FAN2', 'RPM', rules)).toEqual({ absolute: 100, share: 0, maxAgeMs: 300_000 });
  expect(deadbandOf('bmc/FAN1', 'RPM', rules)).toEqual({ absolute: 50, share: 0.02, maxAgeMs: 1000 });
});

const reading = fc.record({
  sensor: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  value: fc.oneof(fc.double(), fc.integer({ min: -100, max: 100 }), fc.constant(null)),
  unit: fc.constantFrom<Unit>('C', 'RPM', '%', 'count', 'bytes'),
  level: fc.constantFrom(undefined, 'ok' as const, 'warning' as const, 'critical' as const),
  critical: fc.constantFrom(undefined, 90, 95.123456),
  kind: fc.constantFrom(undefined, 'link' as const, 'wear' as const),
  component: fc.constantFrom(undefined, 'a', 'b/1'),
});

test('whatever the sensors say, what was told differs from it by a deadband at most, and numbers leave nothing out', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.array(reading, { maxLength: 8 }), fc.boolean()), { maxLength: 12 }), (cycles) => {
      let sampler = FRESH_SAMPLER;
      let latest: Sample[] = [];
      let next = 0;
      for (const [i, [all, isWhole]] of cycles.entries()) {
        // without the fields that are undefined
        const readings = all.map(
          (each) => Object.fromEntries(Object.entries(each).filter(([, v]) => v !== undefined)) as Reading,
        );
        const taken = take(sampler, cycleOf(readings, i * 1000), isWhole);
        sampler = taken.sampler;
        const { record } = taken;
        expect(record.first).toBe(next);
        next += record.samples.length;
        if (record.isWhole) latest = [...record.samples];
        for (const sample of record.samples) latest[sample.index] = sample;
        const { names } = sampler;
        if (!names) throw new Error('no names');
        // put together as the coordinator does
        const series = seriesOf(NameTable.parse(JSON.parse(JSON.stringify({ v: 1, boot: 1, ...names }))));
        const shown = new Map<string, Reading>();
        for (const [index, sample] of latest.entries()) {
          const one = series[index];
          const made = one && readingOf(one, sample);
          if (made) shown.set(made.sensor, made);
        }
        const firsts = new Map<string, Reading>();
        for (const each of readings) if (!firsts.has(each.sensor)) firsts.set(each.sensor, each);
        expect([...shown.keys()].sort()).toEqual([...firsts.keys()].sort());
        for (const [sensor, real] of firsts) {
          const told = shown.get(sensor);
          const constant = ({ sensor, unit, level, critical, kind, component }: Reading) => ({
            ...{ sensor, unit, level, critical, kind, component },
          });
          expect(told && constant(told)).toEqual(constant(real));
          const value = real.value !== null && Number.isFinite(real.value) ? real.value : null;
          const band = deadbandOf(sensor, real.unit, {});
          const slack = { ...band, absolute: band.absolute + Math.abs(value ?? 0) * 1e-4, share: band.share * 1.001 };
          expect(isOutside(slack, told?.value ?? null, value)).toBe(false);
        }
      }
    }),
    { numRuns: 300 },
  );
});
