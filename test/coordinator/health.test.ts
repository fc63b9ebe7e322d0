import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeHealth, judgeLogged } from '../../coordinator/core/health.ts';
import { type HealthTrack, NOTHING_JUDGED } from '../../coordinator/core/health-track.ts';
import { componentsOf, reasonsOf } from '../../coordinator/core/health-view.ts';
import { DEFAULT_SETTINGS, type HealthSettings } from '../../coordinator/core/settings.ts';
import type { Level, Reading } from '../../protocol/reading.ts';

const settings = DEFAULT_SETTINGS.health;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** One report after another, `stepMs` apart. */
function after(
  reports: readonly (readonly Reading[])[],
  stepMs: number,
  start = { track: NOTHING_JUDGED, at: 0 },
  each: (track: HealthTrack, at: number) => void = () => {},
  using: HealthSettings = settings,
): { track: HealthTrack; at: number } {
  let { track, at } = start;
  for (const readings of reports) {
    at += stepMs;
    track = judgeHealth(using, 'N1', track, readings, at);
    each(track, at);
  }
  return { track, at };
}
const repeat = (times: number, reading: Reading) => Array.from({ length: times }, () => [reading]);
const fan = (value: number | null, level?: Level, limit?: number): Reading => ({
  sensor: 'bmc/FAN1',
  value,
  unit: 'RPM',
  ...(level ? { level } : {}),
  ...(limit ? { limit } : {}),
});
const temperature = (value: number | null): Reading => ({
  sensor: 'bmc/CPU Temp',
  value,
  unit: 'C',
  ...(value === null ? {} : value >= 90 ? ({ level: 'critical', limit: 90 } as const) : ({ level: 'ok' } as const)),
});
const count = (sensor: string, value: number): Reading => ({ sensor, value, unit: 'count' });
const view = ({ track, at }: { track: HealthTrack; at: number }, using = settings) => componentsOf(using, track, at);

test('a warning counts after its hold, a critical reading after a shorter one, and both say which, against what, since when', () => {
  const warned = after(repeat(10, fan(900, 'warning', 1000)), 1000);
  expect(warned.track.health).toBe('ok');
  const degraded = after(repeat(4, fan(900, 'warning', 1000)), 1000, warned);
  expect(degraded.track.health).toBe('degraded');
  expect(view(degraded)).toEqual([
    {
      component: 'bmc/FAN1',
      health: 'degraded',
      causes: [
        {
          because: 'limit',
          health: 'degraded',
          sensor: 'bmc/FAN1',
          value: 900,
          unit: 'RPM',
          limit: 1000,
          forMs: 13_000,
          leftMs: null,
          text: 'bmc/FAN1 is warning (900 RPM, limit 1000 RPM)',
        },
      ],
    },
  ]);
  expect(after(repeat(3, fan(0, 'critical', 500)), 1000).track.health).toBe('failing');
});

test('what was bad for long has to be well for longer, at most four times clearMs', () => {
  const reports = [...repeat(600, fan(0, 'critical', 500)), ...repeat(119, fan(6000, 'ok'))];
  const kept = after(reports, 1000);
  expect(kept.track.health).toBe('failing');
  expect(after(repeat(3, fan(6000, 'ok')), 1000, kept).track.health).toBe('ok');
});

test('no value that jitters around a limit makes a component flap', () => {
  const jitter = fc.record({
    values: fc.array(fc.double({ min: 88.3, max: 91.7, noNaN: true }), { minLength: 200, maxLength: 400 }),
    stepMs: fc.integer({ min: 100, max: 60_000 }),
  });
  fc.assert(
    fc.property(jitter, ({ values, stepMs }) => {
      const seen = ['ok'];
      after(
        values.map((value) => [temperature(value)]),
        stepMs,
        undefined,
        ({ health }) => seen.at(-1) !== health && seen.push(health),
      );
      expect(seen.length).toBeLessThanOrEqual(2); // once up at most, never back
    }),
  );
});

test('a state that is bad a quarter of the time or more never flaps either', () => {
  const cycles = fc.array(fc.record({ bad: fc.integer({ min: 4, max: 30 }), well: fc.integer({ min: 1, max: 3 }) }), {
    minLength: 30,
    maxLength: 30,
  });
  fc.assert(
    fc.property(cycles, (all) => {
      const reports = all.flatMap(({ bad, well }) => [
        ...repeat(bad, { sensor: 'bmc/PS1', value: 0, unit: 'state', level: 'critical' }),
        ...repeat(bad * well, { sensor: 'bmc/PS1', value: 1, unit: 'state', level: 'ok' }),
      ]);
      const seen = ['ok'];
      after(reports, 1000, undefined, ({ health }) => seen.at(-1) !== health && seen.push(health));
      expect(seen).toEqual(['ok', 'failing']);
    }),
    { numRuns: 50 },
  );
});

test('what is as bad or worse at every moment is never judged better', () => {
  const levels = fc.constantFrom('ok', 'warning', 'critical') as fc.Arbitrary<Level>;
  const rank = { ok: 0, warning: 1, critical: 2 };
  const health = { ok: 0, degraded: 1, failing: 2 };
  const pairs = fc.array(fc.tuple(levels, levels, fc.integer({ min: 1, max: 30 })), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(pairs, fc.integer({ min: 200, max: 8000 }), (runs, stepMs) => {
      const state = (level: Level): Reading => ({ sensor: 'bmc/PS1', value: 1, unit: 'state', level });
      let [mild, grave] = [NOTHING_JUDGED, NOTHING_JUDGED];
      let at = 0;
      for (const [a, b, times] of runs)
        for (let i = 0; i < times; i++) {
          at += stepMs;
          mild = judgeHealth(settings, 'N1', mild, [state(rank[a] < rank[b] ? a : b)], at);
          grave = judgeHealth(settings, 'N1', grave, [state(rank[a] < rank[b] ? b : a)], at);
          expect(health[grave.health]).toBeGreaterThanOrEqual(health[mild.health]);
        }
    }),
  );
});

test('the order of readings in a report makes no difference', () => {
  const reading = fc.record({
    sensor: fc.constantFrom('a', 'b', 'c/ce', 'd'),
    value: fc.option(fc.integer({ min: 0, max: 300 })),
    unit: fc.constantFrom('C', 'count', 'RPM') as fc.Arbitrary<Reading['unit']>,
    level: fc.constantFrom('ok', 'warning', 'critical') as fc.Arbitrary<Level>,
  });
  const reports = fc.array(fc.uniqueArray(reading, { selector: ({ sensor }) => sensor }), { maxLength: 30 });
  fc.assert(
    fc.property(reports, fc.integer({ min: 1, max: 1000 }), (all, turn) => {
      const turned = all.map((one) => [
        ...one.slice(turn % (one.length + 1)),
        ...one.slice(0, turn % (one.length + 1)),
      ]);
      const [one, other] = [after(all, 3000), after(turned, 3000)];
      expect(view(other)).toEqual(view(one));
      expect(other.track.health).toBe(one.track.health);
    }),
  );
});

test('a reading that vanishes is neither well nor failing: its judgement is kept for keepMs, then it is unknown', () => {
  const failing = after(repeat(10, fan(0, 'critical', 500)), 1000);
  for (const missing of [[], [fan(null)]]) {
    const kept = after(
      Array.from({ length: 59 }, () => missing),
      60_000,
      failing,
    );
    expect(kept.track.health).toBe('failing');
    expect(view(kept)[0]?.causes.map(({ because, health }) => [because, health])).toEqual([
      ['limit', 'failing'],
      ['lost', 'failing'],
    ]);
    const unknown = after([missing, missing, missing], 60_000, kept);
    expect(unknown.track.health).toBe('ok'); // of the node: nothing is known against it
    expect(view(unknown)).toMatchObject([{ component: 'bmc/FAN1', health: 'unknown', causes: [{ because: 'lost' }] }]);
    expect(reasonsOf(view(unknown))).toEqual([]);
    const back = after(repeat(1, fan(6000, 'ok')), 1000, unknown);
    expect(view(back)).toEqual([]);
  }
});

test('of what nobody judges nothing is missed', () => {
  const sync: Reading = { sensor: 'raid/md1/sync', value: 12, unit: '%' };
  expect(view(after([[sync], [{ ...sync, value: null }], []], 10_000))).toEqual([]);
  expect(view(after([[count('smart/sda/pending', 0)], []], 10_000))).toMatchObject([{ component: 'smart/sda' }]);
});

test('a sensor that never had a value is an empty slot, and one that is gone for a day is forgotten', () => {
  expect(view(after(repeat(20, fan(null)), HOUR))).toEqual([]);
  const gone = after([[fan(6000, 'ok')], ...Array.from({ length: 26 }, () => [])], HOUR);
  expect(gone.track.sensors.size).toBe(0);
});

test('an absurd value and a lone jump are lost readings; a jump that stays is believed', () => {
  const warm = after(repeat(3, temperature(45)), 10_000);
  for (const value of [-300, 1e6]) {
    const odd = after([[{ ...temperature(45), value, level: 'critical' }]], 10_000, warm);
    expect(odd.track.health).toBe('ok');
    expect(view(odd)[0]?.causes[0]?.because).toBe('lost');
  }
  const wrongAtFirst = after([[{ ...temperature(45), value: 1e6 }], [temperature(45)]], 10_000);
  expect(view(wrongAtFirst)).toEqual([]);
  const jumped = after(repeat(1, temperature(120)), 10_000, warm);
  expect(view(jumped)[0]?.causes[0]).toMatchObject({ because: 'lost', value: 120 });
  expect(view(after(repeat(1, temperature(46)), 10_000, jumped))).toEqual([]);
  expect(after(repeat(2, temperature(121)), 10_000, jumped).track.health).toBe('failing');
});

test('corrected errors degrade by their growth within a day, not by their number', () => {
  const steady = after(
    [[count('ecc/mc0/ce', 5000)], ...Array.from({ length: 50 }, () => [count('ecc/mc0/ce', 5009)])],
    HOUR,
  );
  expect(steady.track.health).toBe('ok');
  const grown = after([[count('ecc/mc0/ce', 5000)], [count('ecc/mc0/ce', 5010)]], HOUR);
  expect(grown.track.health).toBe('degraded');
  expect(view(grown)).toMatchObject([
    { component: 'ecc/mc0', causes: [{ because: 'count', sensor: 'ecc/mc0/ce', value: 10, limit: 10 }] },
  ]);
  const restarted = after([[count('ecc/mc0/ce', 5000)], [count('ecc/mc0/ce', 0)], [count('ecc/mc0/ce', 5)]], HOUR);
  expect(restarted.track.health).toBe('ok');
  const calm = after(
    Array.from({ length: 30 }, () => [count('ecc/mc0/ce', 5010)]),
    HOUR,
    grown,
  );
  expect(calm.track.health).toBe('ok');
});

test('an uncorrected error is failing at once, and what a disk says it cannot read degrades it', () => {
  expect(after([[count('ecc/mc0/ue', 1)]], 1000).track.health).toBe('failing');
  expect(after([[{ ...count('x', 1), kind: 'uncorrected' }]], 1000).track.health).toBe('failing');
  for (const name of ['media errors', 'pending sectors', 'reallocated'])
    expect(after([[count(`disk/sda/${name}`, 3)], [count(`disk/sda/${name}`, 4)]], HOUR).track.health).toBe('degraded');
  const rate = (value: number): Reading => ({ sensor: 'net/eth0/errors', value, unit: 'ops/s' });
  expect(after(Array(360).fill([rate(0.2)]), 10_000).track.health).toBe('ok'); // 720 within an hour
  expect(after(Array(720).fill([rate(0.2)]), 10_000).track.health).toBe('degraded');
});

test('wear and temperature that head for their limit degrade with the time left', () => {
  const worn = after(
    Array.from({ length: 24 * 12 }, (_, hour) => [
      { sensor: 'disk/nvme0/wear', value: 80 + hour / 24, unit: '%' as const, component: 'disk nvme0' },
    ]),
    HOUR,
  );
  expect(worn.track.health).toBe('degraded');
  const [component] = view(worn);
  expect(component).toMatchObject({ component: 'disk nvme0', causes: [{ because: 'trend', limit: 100 }] });
  // the first reading was taken an hour after 0: the line reaches 100 at 20 days and an hour
  expect(component?.causes[0]?.leftMs).toBeCloseTo(20 * DAY + HOUR - worn.at, -3);
  const steady = after(
    Array.from({ length: 24 * 20 }, (_, hour) => [
      { ...temperature(70 + 8 * Math.sin((hour / 24) * 2 * Math.PI)), critical: 90 },
    ]),
    HOUR,
  );
  expect(view(steady)).toEqual([]);
});

test('a logged event counts until it is taken back, or until its time is over', () => {
  const part = { component: 'bmc/PS2', level: 'warning', asserted: true } as const;
  const logged = judgeLogged(settings, NOTHING_JUDGED, part, 'Power supply 2: failure', 1000);
  expect(logged.health).toBe('degraded');
  expect(componentsOf(settings, logged, 5000)).toMatchObject([
    { component: 'bmc/PS2', causes: [{ because: 'event', forMs: 4000, text: 'Power supply 2: failure' }] },
  ]);
  expect(judgeLogged(settings, logged, { ...part, asserted: false }, '', 6000).health).toBe('ok');
  expect(judgeHealth(settings, 'N1', logged, [], 1000 + settings.eventMs).health).toBe('ok');
  const graver = judgeLogged(settings, logged, { ...part, level: 'critical' }, 'worse', 2000);
  expect(judgeLogged(settings, graver, part, 'milder', 3000).health).toBe('failing');
});

test('what is milder takes nothing back, and a limit that was logged is over when its own sensor has been well', () => {
  const critical = { component: 'bmc/FAN1', level: 'critical', asserted: true } as const;
  const logged = judgeLogged(settings, NOTHING_JUDGED, critical, 'FAN1: too slow', 1000);
  const passed = judgeLogged(settings, logged, { ...critical, level: 'warning', asserted: false }, '', 2000);
  expect(passed.health).toBe('failing');
  const start = { track: logged, at: 1000 };
  const soon = after([[fan(6000, 'ok')]], 1000, start);
  expect(soon.track.health).toBe('failing');
  expect(after([[fan(6000, 'ok')]], settings.clearMs, soon).track.health).toBe('ok');
  expect(after(repeat(2, fan(6000)), settings.clearMs, start).track.health).toBe('failing'); // who judges it?
  const slow = after(repeat(60, fan(0, 'critical', 500)), 1000, start);
  expect(after([[fan(6000, 'ok')]], 1000, slow).track.health).toBe('failing');
  // a state is well again as soon as its error has been logged
  const ecc: Reading = { sensor: 'bmc/FAN1', value: 1, unit: 'state', level: 'ok' };
  expect(after(repeat(60, ecc), 1000, start).track.health).toBe('failing');
});

test('while the BMC is silent, what it said is unknown: at once where it was well, and the node is not judged by it', () => {
  const answers = (value: number): Reading => ({ sensor: 'bmc/self/answers', value, unit: 'state' });
  const well = after(Array(5).fill([answers(1), fan(6000, 'ok'), temperature(45)]), 10_000);
  expect(view(well)).toEqual([]);
  const silent = after([[answers(0)]], 10_000, well);
  expect(silent.track.health).toBe('ok');
  expect(view(silent).map(({ component, health }) => [component, health])).toEqual([
    ['bmc', 'unknown'],
    ['bmc/CPU Temp', 'unknown'],
    ['bmc/FAN1', 'unknown'],
  ]);
  // a coordinator that has just started has heard no event, and knows it too
  expect(view(after([[answers(0)]], 10_000))).toMatchObject([{ component: 'bmc', health: 'unknown' }]);
  expect(view(after([[answers(1), fan(6000, 'ok'), temperature(45)]], 10_000, silent))).toEqual([]);
  const denying = { ...settings, deny: { N1: ['bmc'] } };
  expect(view(after([[answers(0)]], 10_000, undefined, undefined, denying), denying)).toEqual([]);
});

test('a denied sensor is not judged, says so, and is forgotten where it was judged before', () => {
  const denying = { ...settings, deny: { '*': ['hwmon/*/temp9'], N1: ['bmc/FAN*'], N2: ['*'] } };
  const both = [
    fan(0, 'critical', 500),
    { sensor: 'hwmon/acpitz/temp9', value: 127, unit: 'C', level: 'critical' } as const,
  ];
  const judged = after(Array(10).fill(both), 1000);
  expect(judged.track.health).toBe('failing');
  const denied = after([both], 1000, judged, undefined, denying);
  expect(denied.track).toMatchObject({ health: 'ok', denied: ['bmc/FAN1', 'hwmon/acpitz/temp9'] });
  expect(view(denied, denying)).toEqual([]);
  expect(
    after([[temperature(45), { ...temperature(120), sensor: 'bmc/FAN' }]], 1000, undefined, undefined, denying).track
      .denied,
  ).toEqual(['bmc/FAN']);
});

test('what is remembered of sensors that come and go is bounded', () => {
  const reports = Array.from({ length: 5 }, (_, turn) =>
    Array.from({ length: 1000 }, (_, index) => ({ ...fan(6000, 'ok'), sensor: `s${turn}/${index}` })),
  );
  expect(after(reports, 1000).track.sensors.size).toBe(2000);
});
