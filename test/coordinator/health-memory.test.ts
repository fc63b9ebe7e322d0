import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Durable, DurableChange } from '../../coordinator/core/durable.ts';
import type { Effect } from '../../coordinator/core/effects.ts';
import type { Event } from '../../coordinator/core/events.ts';
import type { HealthRecord } from '../../coordinator/core/health-record.ts';
import { componentsOf } from '../../coordinator/core/health-view.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../coordinator/core/settings.ts';
import type { State } from '../../coordinator/core/state.ts';
import { initialState, step } from '../../coordinator/core/step.ts';
import { loseNode } from '../../coordinator/core/takeover.ts';
import { Turn } from '../../coordinator/core/turn.ts';
import type { NodeName } from '../../protocol/ids.ts';
import type { Hello, Report } from '../../protocol/messages.ts';
import type { Reading } from '../../protocol/reading.ts';
import { HELLO, REPORT } from '../coordinator-shell/messages.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const N1 = 'N1' as NodeName;

/** A coordinator whose lives each have a clock of their own, as monotonic clocks do; its store is what JSON makes of it. */
class Coordinator {
  state: State;
  wallMs = Date.UTC(2026, 10, 1);
  readonly lines: string[] = [];
  saves = 0;
  readonly tables = new Map<string, Map<string, unknown>>();
  readonly settings: Settings;
  #beganWallMs = this.wallMs;
  #clockMs = 5000;
  #report = 0;
  #bootId = 1;

  constructor(settings: Settings = DEFAULT_SETTINGS) {
    this.settings = settings;
    this.state = this.#begin();
    this.feed({ kind: 'greeted', hello: HELLO });
  }
  get at(): number {
    return this.#clockMs + this.wallMs - this.#beganWallMs;
  }
  #begin(settings = this.settings): State {
    const of = (table: string) => [...(this.tables.get(table)?.values() ?? [])] as never[];
    const [meta = null] = of('meta');
    const stored: Durable = { meta, apps: [], nodes: of('node'), slots: [], bindings: [], healths: of('health') };
    const [state, effects] = initialState(settings, JSON.parse(JSON.stringify(stored)), this.at, this.wallMs);
    this.#perform(effects);
    return state;
  }
  /** Killed, and started again after so long, with a clock that begins anywhere. */
  restart({ downMs = 1000, clockMs = 77, settings = this.settings, wallStepMs = 0 } = {}): void {
    this.wallMs += downMs + wallStepMs;
    this.#beganWallMs = this.wallMs;
    this.#clockMs = clockMs;
    this.state = this.#begin(settings);
    this.feed({ kind: 'greeted', hello: HELLO });
  }
  feed(event: Event extends infer E ? (E extends Event ? Omit<E, 'at'> : never) : never): void {
    const [state, effects] = step(this.state, { ...event, at: this.at } as Event);
    this.state = state;
    this.#perform(effects);
  }
  #perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'record') this.lines.push(effect.line.text);
      if (effect.kind === 'persist') this.#persist(effect.change);
    }
  }
  #persist({ table, key, value }: DurableChange): void {
    const rows = this.tables.get(table) ?? new Map<string, unknown>();
    this.tables.set(table, rows);
    if (table === 'health' && value !== null) this.saves++;
    if (value === null) rows.delete(key);
    else rows.set(key, JSON.parse(JSON.stringify(value)));
  }
  report(readings: readonly Reading[], node = N1): void {
    const report = { ...REPORT, node, bootId: this.#bootId, sequence: ++this.#report, readings };
    this.feed({ kind: 'reported', report: report as unknown as Report });
  }
  /** Saves what is due, as it is told to every two seconds. */
  save(): void {
    this.feed({ kind: 'tallied', wallMs: this.wallMs });
  }
  /** Reports so often until then, and saves. */
  live(untilMs: number, everyMs: number, readings: (sinceMs: number) => readonly Reading[], each = () => {}): void {
    const began = Date.UTC(2026, 10, 1);
    while (this.wallMs - began < untilMs) {
      this.wallMs += everyMs;
      this.report(readings(this.wallMs - began));
      this.save();
      each();
    }
  }
  lose(): void {
    const turn = new Turn(this.state);
    loseNode(turn, N1, 'a test says so');
    this.state = turn.state;
    this.#perform(turn.effects);
  }
  health() {
    const { health } = this.state.nodes.get(N1)!.watch;
    return { health: health.health, components: componentsOf(this.settings.health, health, this.state.at) };
  }
  hello(change: Partial<Hello>): void {
    this.#bootId = change.bootId ?? this.#bootId;
    this.feed({ kind: 'greeted', hello: { ...HELLO, ...change } as Hello });
  }
}

const wear = (value: number): Reading => ({ sensor: 'disk/nvme0/wear', value, unit: '%', component: 'disk nvme0' });
const growing = (sinceMs: number) => [wear(80 + sinceMs / DAY)];
const inlet = (value: number): Reading => ({ sensor: 'bmc/Inlet', value, unit: 'C', level: 'ok', critical: 60 });
const corrected = (value: number): Reading => ({ sensor: 'ecc/mc0/ce', value, unit: 'count' });
const linkErrors = (value: number): Reading => ({ sensor: 'net/eth0/errors', value, unit: 'ops/s' });

test('a restart in the midst of a trend changes nothing of what is judged', () => {
  const steady = new Coordinator();
  const restarted = new Coordinator();
  steady.live(8.2 * DAY, HOUR, growing);
  restarted.live(5.7 * DAY, HOUR, growing);
  restarted.restart({ downMs: 0 });
  restarted.live(8.2 * DAY, HOUR, growing);
  const [expected] = steady.health().components;
  const [found] = restarted.health().components;
  expect(found).toMatchObject({ component: 'disk nvme0', health: 'degraded', causes: [{ because: 'trend' }] });
  expect(found?.causes[0]?.leftMs).toBeCloseTo(expected!.causes[0]!.leftMs!, -2);
  expect(found?.causes[0]?.forMs).toBeCloseTo(expected!.causes[0]!.forMs, -2);
  // and one when it is judged already: it stands before anything is heard, and is not told a second time
  const told = restarted.lines.filter((line) => line.includes('is degraded')).length;
  restarted.restart({ downMs: 20 * MINUTE });
  expect(restarted.health()).toMatchObject({ health: 'degraded', components: [{ component: 'disk nvme0' }] });
  restarted.live(9 * DAY, HOUR, growing);
  expect(restarted.health().health).toBe('degraded');
  expect(restarted.lines.filter((line) => line.includes('is degraded')).length).toBe(told);
});

interface Life {
  readonly days: number;
  readonly wearPerDay: number;
  readonly warming: number; // °C a day
  readonly turnsAt: number; // day from which nothing grows any more
  readonly bursts: readonly number[]; // hours at which memory errors come
  readonly restarts: readonly { readonly at: number; readonly downMs: number; readonly clockMs: number }[];
}
const lives: fc.Arbitrary<Life> = fc.record({
  days: fc.integer({ min: 8, max: 14 }),
  wearPerDay: fc.double({ min: 0, max: 2, noNaN: true }),
  warming: fc.double({ min: -1, max: 3, noNaN: true }),
  turnsAt: fc.integer({ min: 6, max: 14 }),
  bursts: fc.array(fc.integer({ min: 0, max: 14 * 24 }), { maxLength: 4 }),
  restarts: fc.array(
    fc.record({
      at: fc.double({ min: 0.01, max: 1, noNaN: true }), // share of its life
      downMs: fc.integer({ min: 0, max: 15 * MINUTE }),
      clockMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
    }),
    { minLength: 1, maxLength: 5 },
  ),
});
const readingsOf =
  ({ wearPerDay, warming, turnsAt, bursts }: Life) =>
  (sinceMs: number): Reading[] => {
    const growingMs = Math.min(sinceMs, turnsAt * DAY);
    const errors = bursts.filter((hour) => hour * HOUR <= sinceMs).length * 12;
    return [
      wear(60 + (wearPerDay * growingMs) / DAY),
      inlet(25 + (warming * growingMs) / DAY + 3 * Math.sin((sinceMs / DAY) * 2 * Math.PI)),
      corrected(errors),
      linkErrors(bursts.some((hour) => Math.floor(sinceMs / HOUR) === hour) ? 0.2 : 0),
    ];
  };

/** How it is judged after each report; restarts fall between two reports, the next one of which may come late. */
function judgements(life: Life, everyMs: number, saveFirst: boolean, isRestarted: boolean) {
  const coordinator = new Coordinator();
  const readings = readingsOf(life);
  const all: (ReturnType<Coordinator['health']> & { isFirst: boolean })[] = [];
  const cuts = life.restarts.map(({ at }) => Math.floor((at * life.days * DAY) / everyMs));
  for (let report = 1; report * everyMs <= life.days * DAY; report++) {
    const restart = life.restarts[cuts.indexOf(report)];
    const downMs = Math.min(restart?.downMs ?? 0, everyMs);
    if (isRestarted && restart) coordinator.restart({ ...restart, downMs });
    else coordinator.wallMs += downMs;
    coordinator.wallMs += everyMs - downMs;
    coordinator.report(readings(report * everyMs));
    if (saveFirst || report % 7 === 0) coordinator.save();
    all.push({ ...coordinator.health(), isFirst: restart !== undefined });
  }
  return all;
}

test('with restarts whenever all is saved the judgements are those without', () => {
  fc.assert(
    fc.property(lives, (life) => {
      const expected = judgements(life, 40 * MINUTE, true, false);
      const found = judgements(life, 40 * MINUTE, true, true);
      for (const [index, { health, components, isFirst }] of found.entries()) {
        if (isFirst) continue; // what is well again has to be so for `clearMs` first
        const without = expected[index]!;
        expect(health).toBe(without.health);
        const plain = components.map(({ causes, ...rest }) => ({
          ...rest,
          causes: causes.map(({ text: _, forMs: __, leftMs: ___, value, ...cause }) => ({
            ...cause,
            value: round(value),
          })),
        }));
        expect(plain).toMatchObject(
          without.components.map(({ component, causes }) => ({
            component,
            causes: causes.map(({ because, sensor, limit, value }) => ({
              because,
              sensor,
              limit,
              value: round(value),
            })),
          })),
        );
        const left = components.flatMap(({ causes }) => causes.map(({ leftMs }) => leftMs ?? 0));
        const leftWithout = without.components.flatMap(({ causes }) => causes.map(({ leftMs }) => leftMs ?? 0));
        for (const [i, ms] of left.entries()) expect(Math.abs(ms - leftWithout[i]!)).toBeLessThan(1000);
      }
    }),
    { numRuns: 12 },
  );
});
const round = (value: number | null) => (value === null ? null : Number(value.toPrecision(9)));

test('what was not saved yet moves a trend by less than itself, and loses no growth of a count', () => {
  fc.assert(
    fc.property(
      lives,
      fc.double({ min: 0.5, max: 2, noNaN: true }),
      fc.integer({ min: 5, max: 40 }),
      (life, wearPerDay, errors) => {
        const run = (isRestarted: boolean) => {
          const coordinator = new Coordinator();
          const readings = (sinceMs: number) => [
            wear(60 + (wearPerDay * sinceMs) / DAY),
            corrected(Math.floor((errors * sinceMs) / (20 * HOUR))),
          ];
          const cuts = life.restarts.map(({ at }) => Math.floor(at * 9 * DAY));
          for (let report = 1; report <= 9 * 144; report++) {
            coordinator.wallMs += 10 * MINUTE;
            coordinator.report(readings(report * 10 * MINUTE));
            if (report % 3 === 0) coordinator.save();
            const isCut = cuts.some((cut) => Math.floor(cut / (10 * MINUTE)) === report);
            if (isCut && isRestarted) coordinator.restart({ downMs: 0, clockMs: life.restarts[0]!.clockMs });
          }
          const { sensors } = coordinator.state.nodes.get(N1)!.watch.health;
          return { trend: sensors.get('disk/nvme0/wear')!.trend!, count: sensors.get('ecc/mc0/ce')!.count! };
        };
        const [without, found] = [run(false), run(true)];
        expect(found.trend.points.length).toBe(without.trend.points.length);
        expect(found.trend.line!.slope * DAY).toBeCloseTo(without.trend.line!.slope * DAY, 6);
        const grown = ({ count }: typeof found) => count.grown.reduce((sum, each) => sum + each, 0);
        const perHalfHour = errors / 40;
        expect(Math.abs(grown(found) - grown(without))).toBeLessThanOrEqual(perHalfHour + 1); // at the edge of the oldest part
      },
    ),
    { numRuns: 8 },
  );
});

const stored = (coordinator: Coordinator) => coordinator.tables.get('health')!.get(N1) as HealthRecord;
const recalledTrend = (coordinator: Coordinator) =>
  coordinator.state.nodes.get(N1)!.watch.health.sensors.get('disk/nvme0/wear')?.trend ?? null;

test('what cannot be understood begins anew and is told; junk of any kind ends nothing', () => {
  const coordinator = new Coordinator();
  coordinator.live(3 * DAY, HOUR, growing);
  const good = stored(coordinator);
  const put = (value: unknown) => coordinator.tables.get('health')!.set(N1, value);
  const told = () => coordinator.lines.filter((line) => line.includes('begin anew'));
  coordinator.restart();
  expect(recalledTrend(coordinator)?.points.length).toBeGreaterThan(1);
  expect(told()).toEqual([]);
  const [memory] = good.sensors;
  const cut = { ...memory, trend: memory!.trend!.slice(0, -1) };
  put({ ...good, sensors: [cut] });
  coordinator.restart();
  expect(recalledTrend(coordinator)).toBeNull();
  expect(told()).toEqual([expect.stringMatching(/of N1 begin anew: what is stored of them cannot be understood/)]);
  coordinator.tables.get('health')!.clear();
  coordinator.restart();
  expect(told()[1]).toMatch(/of all nodes begin anew: what is stored of them is nothing/);
  const numbers = fc.array(fc.oneof(fc.double(), fc.integer(), fc.constantFrom(...memory!.trend!)), { maxLength: 40 });
  const junk = fc.oneof(
    fc.dictionary(fc.constantFrom('at', 'wallMs', 'bucketMs', 'sensors', 'x'), fc.jsonValue()),
    numbers.map((trend) => ({ sensors: [{ sensor: 'disk/nvme0/wear', trend }] })),
    numbers.map((count) => ({ sensors: [{ sensor: 'ecc/mc0/ce', count }] })),
    fc.jsonValue().map((cause) => ({ sensors: [{ ...memory, since: 1, cause }] })),
    fc.array(fc.jsonValue()).map((sensors) => ({ sensors })),
  );
  fc.assert(
    fc.property(junk, (change) => {
      put({ ...good, ...change, node: N1, server: HELLO.server.serial });
      coordinator.restart();
      coordinator.report([wear(83), corrected(3)]);
      expect(Number.isFinite(coordinator.state.nodes.get(N1)!.watch.health.aheadMs)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test('another server, and other buckets, begin anew; a node that was lost goes on', () => {
  const coordinator = new Coordinator();
  coordinator.live(3 * DAY, HOUR, growing);
  const points = recalledTrend(coordinator)!.points;
  coordinator.lose();
  coordinator.hello({ bootId: 2 });
  expect(recalledTrend(coordinator)?.points).toEqual(points);
  coordinator.feed({ kind: 'ticked' });
  coordinator.tables.get('health')!.set(N1, { ...stored(coordinator), server: 'another' });
  coordinator.restart();
  expect(recalledTrend(coordinator)).toBeNull();

  const again = new Coordinator();
  again.live(3 * DAY, HOUR, growing);
  const { health } = DEFAULT_SETTINGS;
  const hourly = { ...DEFAULT_SETTINGS, health: { ...health, trend: { ...health.trend, bucketMs: HOUR } } };
  again.restart({ settings: hourly });
  expect(recalledTrend(again)).toBeNull();
});

test('a wall clock that was set back loses the time away, one far ahead the trend, and neither is heard of as a reading', () => {
  const [back, ahead] = [new Coordinator(), new Coordinator()];
  for (const one of [back, ahead]) one.live(3 * DAY, HOUR, growing);
  const before = recalledTrend(back)!;
  back.restart({ wallStepMs: -400 * DAY });
  back.report([wear(83)]);
  expect(recalledTrend(back)).toMatchObject({ points: before.points, bucket: before.bucket });
  ahead.restart({ wallStepMs: 400 * DAY });
  ahead.report([wear(83)]);
  expect(recalledTrend(ahead)).toMatchObject({ points: [], line: null, value: 83 });
});

test('few nodes are saved at a time, each at most every ten minutes, and of each no more than is bounded', () => {
  const coordinator = new Coordinator();
  const nodes = Array.from({ length: 1000 }, (_, index) => `N${index + 1}` as NodeName);
  for (const node of nodes.slice(1))
    coordinator.feed({
      kind: 'greeted',
      hello: { ...HELLO, node, server: { ...HELLO.server, serial: node } } as Hello,
    });
  const many = Array.from({ length: 400 }, (_, index) => ({ ...wear(50), sensor: `disk/d${index}/wear` }));
  coordinator.report(many);
  for (const node of nodes.slice(1)) coordinator.report([wear(50)], node);
  const calls = (count: number) => {
    const before = coordinator.saves;
    for (let call = 0; call < count; call++) {
      const already = coordinator.saves;
      coordinator.save();
      expect(coordinator.saves - already).toBeLessThanOrEqual(5);
    }
    return coordinator.saves - before;
  };
  expect(calls(200)).toBe(1000);
  expect(coordinator.tables.get('health')!.size).toBe(1000);
  expect(stored(coordinator).sensors).toHaveLength(256);
  coordinator.wallMs += 9 * MINUTE;
  for (const node of nodes) coordinator.report([wear(50)], node);
  expect(calls(10)).toBe(0);
  coordinator.wallMs += 2 * MINUTE;
  expect(calls(300)).toBe(1000);
  expect(calls(10)).toBe(0); // nothing was judged since
  coordinator.lose();
  coordinator.feed({ kind: 'commanded', request: 1, command: { kind: 'node', node: N1, action: 'forget' } });
  expect(coordinator.tables.get('health')!.has(N1)).toBe(false);
});
