import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Durable, TallyRecord } from '../../coordinator/core/durable.ts';
import type { Effect } from '../../coordinator/core/effects.ts';
import type { Event } from '../../coordinator/core/events.ts';
import { MAX_POINTS, NO_HISTORY, pointsOf, withPoint } from '../../coordinator/core/sample-history.ts';
import { DEFAULT_SETTINGS } from '../../coordinator/core/settings.ts';
import type { State } from '../../coordinator/core/state.ts';
import { initialState, step } from '../../coordinator/core/step.ts';
import type { NodeName } from '../../protocol/ids.ts';
import type { Hello } from '../../protocol/messages.ts';
import type { NumberRange } from '../../protocol/ranges.ts';
import type { NameTable, Samples, WireRecord } from '../../protocol/samples.ts';
import { HELLO } from '../coordinator-shell/messages.ts';

const node = 'N1' as NodeName;
const T = 'tableAAA';
const names = (boot: number): NameTable => ({
  v: 1,
  boot,
  table: T,
  usage: ['cpu'],
  sensors: ['fan', 'inlet'],
  units: [
    ['RPM', 1],
    ['C', 1],
  ],
});
const hello = (bootId: number): Hello => ({ ...HELLO, bootId });

/** A coordinator without a shell: its store is a list of tallies, which a restart reads again. */
class Coordinator {
  state: State;
  at = 1000;
  effects: readonly Effect[] = [];
  #tally: TallyRecord | null = null;
  constructor() {
    this.state = this.#begin();
  }
  #begin(): State {
    const durable: Durable = {
      meta: null,
      apps: [],
      nodes: [],
      slots: [],
      bindings: [],
      tallies: this.#tally ? [this.#tally] : [],
    };
    return initialState(DEFAULT_SETTINGS, durable, this.at, 0)[0];
  }
  restart(): void {
    this.state = this.#begin();
  }
  feed(event: Event extends infer E ? (E extends Event ? Omit<E, 'at'> : never) : never): void {
    const [state, effects] = step(this.state, { ...event, at: ++this.at } as Event);
    this.state = state;
    this.effects = effects;
    for (const effect of effects)
      if (effect.kind === 'persist' && effect.change.table === 'tally')
        this.#tally = structuredClone(effect.change.value);
  }
  samples(records: WireRecord[], more: Partial<Samples> = {}): void {
    this.feed({ kind: 'sampled', node, samples: { v: 1, boot: 7, records, ...more } });
  }
  requests = () => this.effects.flatMap((effect) => (effect.kind === 'request' ? effect.request.kind : []));
  receipts = () => this.effects.flatMap((effect) => (effect.kind === 'acknowledge' ? effect.receipt : []));
  readings = () => this.state.nodes.get(node)?.watch.readings;
  tally = () => this.state.telemetry.get(node)?.tally;
}
function introduced(boot = 7): Coordinator {
  const coordinator = new Coordinator();
  coordinator.feed({ kind: 'greeted', hello: hello(boot) });
  coordinator.feed({ kind: 'named', node, names: names(boot) });
  return coordinator;
}
const WHOLE: WireRecord = [0, 500, T, null, [250, 5000, 21.5], '-o-'];

test('a snapshot and what changes after it become the whole list again', () => {
  const coordinator = introduced();
  coordinator.samples([WHOLE]);
  const fan = { sensor: 'fan', value: 5000, unit: 'RPM', level: 'ok' };
  expect(coordinator.readings()).toEqual([fan, { sensor: 'inlet', value: 21.5, unit: 'C' }]);
  expect(coordinator.state.nodes.get(node)?.watch.usage).toEqual({ cpu: 250 });
  coordinator.samples([[3, 600, T, [2], [30], 'w', [28]]]);
  expect(coordinator.readings()).toEqual([fan, { sensor: 'inlet', value: 30, unit: 'C', level: 'warning', limit: 28 }]);
  coordinator.samples([[4, 700, T, [1], [null], 'x']]);
  expect(coordinator.readings()).toMatchObject([{ sensor: 'inlet', value: 30 }]);
  coordinator.samples([[5, 800, T, [], []]]);
  expect(coordinator.readings()).toHaveLength(1);
  expect(coordinator.tally()).toMatchObject({ received: 5, lost: 0, duplicates: 0 });
  expect(coordinator.requests()).toEqual([]);
});

test('a level that stays is judged again with every cycle in which nothing changes', () => {
  const coordinator = introduced();
  coordinator.samples([[0, 500, T, null, [250, 0, 21.5], '-c-']]);
  for (let i = 0; i < 3; i++) {
    coordinator.at += 5000;
    coordinator.samples([[3, 600 + i, T, [], []]]);
  }
  expect(coordinator.state.nodes.get(node)?.watch.health.health).toBe('failing');
});

test.each<[string, (coordinator: Coordinator) => void, string[]]>([
  ['an unknown table', (each) => each.samples([[0, 5, 'tableBBB', null, [1]]]), ['names']],
  ['a record longer than its table', (each) => each.samples([[0, 5, T, [3], [1]]]), ['names']],
  ['a change before any snapshot', (each) => each.samples([[9, 5, T, [1], [1]]]), ['snapshot']],
  ['a report that was missed', (each) => each.samples([WHOLE], { report: 4 }), ['report']],
  ['nothing', (each) => each.samples([WHOLE]), []],
])('asks its agent after %s', (_what, act, asked) => {
  const coordinator = introduced();
  act(coordinator);
  expect(coordinator.requests()).toEqual(asked);
  act(coordinator);
  expect(coordinator.requests()).toEqual([]); // not at once again
});

test('a hole in the numbers is asked about; the past goes into histories alone', () => {
  const coordinator = introduced();
  coordinator.samples([WHOLE]);
  coordinator.at += 10_000;
  coordinator.samples([[5, 2500, T, [2], [25]]], { from: 3 });
  expect(coordinator.requests()).toEqual(['snapshot']);
  coordinator.samples([[3, 1500, T, [1, 2], [4000, 23]]], { from: 3, nowMs: 2500 });
  expect(coordinator.readings()?.map(({ value }) => value)).toEqual([5000, 25]);
  const inlet = coordinator.state.telemetry.get(node)?.histories.get('inlet') ?? NO_HISTORY;
  expect(pointsOf(inlet, coordinator.at).map(({ value }) => value)).toEqual([21.5, 23, 25]);
  expect(pointsOf(inlet, coordinator.at)[1]?.agoMs).toBe(1000);
});

test('what a coordinator that has just started hears of the past is not taken for the present', () => {
  const coordinator = introduced();
  coordinator.samples([[0, 500, T, null, [250, 0, 21.5], '-c-']], { from: 0, nowMs: 9000 });
  expect(coordinator.readings()).toEqual([]);
  coordinator.samples([[40, 9000, T, null, [250, 5000, 22], '-o-']], { from: 0 });
  expect(coordinator.requests()).toEqual([]); // a snapshot tells all that is missing
  expect(coordinator.readings()?.map(({ value }) => value)).toEqual([5000, 22]);
});

test('a boot that is not the one that speaks for the node is not heard', () => {
  const coordinator = introduced();
  coordinator.samples([WHOLE], { boot: 6 });
  expect(coordinator.tally()?.received ?? 0).toBe(0);
});

test('only what is on disk is acknowledged, and each stream once', () => {
  const coordinator = introduced();
  coordinator.samples([WHOLE]);
  expect(coordinator.receipts()).toEqual([]);
  coordinator.feed({ kind: 'tallied', wallMs: 0 });
  const aboutSamples = coordinator.effects.filter((one) => one.kind !== 'persist' || one.change.table === 'tally');
  expect(aboutSamples.map(({ kind }) => kind)).toEqual(['persist', 'acknowledge']);
  expect(coordinator.receipts()).toEqual([{ v: 1, node, term: 1, stream: 7, through: 3, beyond: [] }]);
  coordinator.feed({ kind: 'tallied', wallMs: 0 });
  expect(coordinator.effects).toEqual([]);
});

test('who has more of the past to tell is told to go on: so many that the present is held up by nothing, in turn', () => {
  const coordinator = new Coordinator();
  const nodes = Array.from({ length: 500 }, (_, i) => `N${i}` as NodeName);
  for (const each of nodes)
    coordinator.feed({
      kind: 'greeted',
      hello: { ...hello(7), node: each, server: { serial: each, vendor: '', model: '' } },
    });
  const wait = (some: readonly NodeName[]) => {
    for (const each of some)
      coordinator.feed({ kind: 'sampled', node: each, samples: { v: 1, boot: 7, records: [], waiting: true } });
    coordinator.feed({ kind: 'tallied', wallMs: 0 });
    return coordinator.receipts().map((receipt) => [receipt.node, receipt.more] as const);
  };
  expect(wait(nodes.slice(0, 2))).toEqual([
    ['N0', 8],
    ['N1', 8],
  ]);
  expect(wait([])).toEqual([]);
  const first = wait(nodes);
  expect(first.map(([, more]) => more)).toEqual(new Array(400).fill(1));
  const invited = new Set(first.map(([each]) => each));
  const second = new Set(wait(nodes).map(([each]) => each));
  for (const each of nodes) expect(invited.has(each) || second.has(each)).toBe(true);
});

test('whatever is lost, doubled, late or forgotten by a restart: received and lost are what was produced', () => {
  const act = fc.oneof(
    fc.record({ kind: fc.constant('send' as const), pick: fc.nat(), isLost: fc.boolean() }),
    fc.constant({ kind: 'tallied' as const, wallMs: 0 }),
    fc.constant({ kind: 'restart' as const }),
    fc.record({ kind: fc.constant('drop' as const), pick: fc.nat() }),
  );
  const sizes = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 15 });
  fc.assert(
    fc.property(sizes, fc.array(act, { maxLength: 60 }), (counts, acts) => {
      const coordinator = introduced();
      // what an agent holds: records without a receipt, and ranges that it gave up
      let held: { range: NumberRange; wire: WireRecord }[] = [];
      let gaps: NumberRange[] = [];
      let produced = 0;
      for (const count of counts) {
        const indices = [0, 1, 2].slice(0, count);
        held.push({ range: [produced, produced + count], wire: [produced, produced, T, indices, indices] });
        produced += count;
      }
      const settle = () => {
        coordinator.feed({ kind: 'tallied', wallMs: 0 });
        for (const { through, beyond } of coordinator.receipts()) {
          const counted: NumberRange[] = [[0, through], ...beyond];
          const isCounted = ([from, to]: NumberRange) => counted.some(([low, high]) => low <= from && to <= high);
          held = held.filter(({ range }) => !isCounted(range));
          gaps = gaps.filter((range) => !isCounted(range));
        }
      };
      const send = (each: (typeof held)[number] | undefined) =>
        coordinator.samples(each ? [each.wire] : [], {
          from: 0,
          nowMs: 1e6,
          ...(gaps.length > 0 ? { gaps: gaps.map(([a, b]): [number, number] => [a, b]) } : {}),
        });
      for (const one of acts) {
        if (one.kind === 'tallied') settle();
        else if (one.kind === 'restart') {
          coordinator.restart();
          coordinator.feed({ kind: 'greeted', hello: hello(7) });
          coordinator.feed({ kind: 'named', node, names: names(7) });
        } else if (one.kind === 'drop') {
          const [gone] = held.splice(one.pick % Math.max(1, held.length), 1);
          if (gone) gaps.push(gone.range);
        } else if (!one.isLost) send(held[one.pick % Math.max(1, held.length)]);
      }
      for (let i = 0; i < 40 && (held.length > 0 || gaps.length > 0); i++) {
        send(held[0]);
        settle();
      }
      const tally = coordinator.tally();
      expect([held, gaps]).toEqual([[], []]);
      expect((tally?.received ?? 0) + (tally?.lost ?? 0)).toBe(produced);
    }),
    { numRuns: 500 },
  );
});

test('many starts of an agent that nobody heard are counted, each once', () => {
  const coordinator = introduced(1000);
  for (let stream = 900; stream < 1000; stream++) {
    for (let twice = 0; twice < 2; twice++)
      coordinator.samples([[0, 5, T, [1, 2], [1, 2]]], { boot: 1000, stream, from: 0, nowMs: 9 });
    coordinator.feed({ kind: 'tallied', wallMs: 0 });
    expect(coordinator.receipts()).toMatchObject([{ stream, through: 2, beyond: [] }]);
    expect(coordinator.tally()).toMatchObject({ received: 2 * (stream - 899), duplicates: 2 * (stream - 899) });
  }
  expect(coordinator.tally()?.streams.length).toBeLessThanOrEqual(32);
});

test('a history holds the newest points in the order of time, whenever they came', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer()), { maxLength: 200 }),
      (points) => {
        let history = NO_HISTORY;
        for (const [at, value] of points) history = withPoint(history, at, value);
        const kept = pointsOf(history, 0).map(({ agoMs }) => 0 - agoMs);
        expect(kept).toEqual([...kept].sort((a, b) => a - b));
        expect(new Set(kept).size).toBe(kept.length);
        expect(kept.length).toBeLessThanOrEqual(MAX_POINTS);
        const times = [...new Set(points.map(([at]) => at))];
        if (times.length <= MAX_POINTS) expect(kept).toEqual(times.sort((a, b) => a - b));
        else expect(kept.at(-1)).toBe(Math.max(...times));
      },
    ),
  );
});
