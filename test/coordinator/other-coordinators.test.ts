import { describe, expect, test } from 'vitest';
import type { Effect } from '../../coordinator/core/effects.ts';
import type { Event } from '../../coordinator/core/events.ts';
import { DEFAULT_SETTINGS } from '../../coordinator/core/settings.ts';
import type { State } from '../../coordinator/core/state.ts';
import { initialState, step } from '../../coordinator/core/step.ts';
import { clusterView } from '../../coordinator/core/view.ts';
import { givesWay, type Presence } from '../../protocol/presence.ts';
import { HEARTBEAT, HELLO } from '../coordinator-shell/messages.ts';

const [OURS, THEIRS] = ['00000000000000aa', '00000000000000bb'];
const said = (change: Partial<Presence> = {}): Presence => ({
  ...{ v: 1, phase: 'leading', run: 'b', stores: [THEIRS], term: 3 },
  ...change,
});

/** A coordinator of store OURS under term 5. */
class Core {
  state: State;
  readonly effects: Effect[] = [];
  #at = 0;
  constructor() {
    const durable = { meta: { term: 4, revision: 9 }, apps: [], nodes: [], slots: [], bindings: [] };
    const settings = { ...DEFAULT_SETTINGS, bmc: { all: true, nodes: [] } };
    [this.state] = initialState(settings, { ...durable, identity: { stores: [OURS] } }, 0, 0, { run: 'a' });
  }
  // biome-ignore lint/suspicious/noExplicitAny: events without their time
  feed(event: any, afterMs = 100): readonly Effect[] {
    this.#at += afterMs;
    const [state, effects] = step(this.state, { ...event, at: this.#at } as Event);
    this.state = state;
    this.effects.push(...effects);
    return effects;
  }
  greet(store: string, change: object = {}) {
    return this.feed({ kind: 'greeted', hello: { ...HELLO, store, ...change } });
  }
  beat(sequence: number, store: string, change: object = {}, afterMs = 100) {
    return this.feed({ kind: 'heartbeaten', heartbeat: { ...HEARTBEAT, sequence, store, ...change } }, afterMs);
  }
  get sentence(): string {
    const from = { cluster: 'test', at: this.#at, wallMs: 0, version: 1, journal: [] };
    return clusterView(this.state, from as never).sentence;
  }
  journal(): string[] {
    return this.effects.flatMap((effect) => (effect.kind === 'record' ? [effect.line.text] : []));
  }
}
const sent = (effects: readonly Effect[]) =>
  effects.filter(({ kind }) => kind !== 'persist' && kind !== 'record').map(({ kind }) => kind);

describe('of two, exactly one gives way', () => {
  test('of one store the lower term, whoever came first', () => {
    const [first, copy] = [said({ run: 'a', term: 5 }), said({ phase: 'starting', term: 6 })];
    expect([givesWay(first, copy), givesWay(copy, first)]).toEqual([true, false]);
    expect(givesWay(said({ phase: 'starting', term: 5 }), first)).toBe(true); // terms are equal: who leads stays
    expect(givesWay(first, said({ phase: 'starting', term: 5 }))).toBe(false);
  });
  test('one that starts, to one that leads with another store', () => {
    const starting = said({ run: 'a', phase: 'starting', stores: [OURS], term: 99 });
    expect([givesWay(starting, said()), givesWay(said(), starting)]).toEqual([true, false]);
  });
  test('of two that start, and of two that lead with one term, the one of the higher name', () => {
    for (const phase of ['starting', 'leading'] as const)
      for (const stores of [[OURS], [THEIRS]]) {
        const [a, b] = [said({ phase, stores, run: 'a' }), said({ phase, run: 'b' })];
        expect([givesWay(a, b), givesWay(b, a)]).toEqual([false, true]);
      }
  });
  test('a caretaker to whoever leads, and nobody to a caretaker', () => {
    const caretaker = said({ phase: 'caretaking', stores: [], term: 0 });
    expect([givesWay(caretaker, said()), givesWay(said(), caretaker)]).toEqual([true, false]);
    expect(givesWay(said({ phase: 'starting' }), caretaker)).toBe(false);
  });
});

test('one with another store is told of once and as long as it speaks, and everything goes on', () => {
  const core = new Core();
  core.greet('');
  core.feed({ kind: 'otherHeard', said: said() });
  core.feed({ kind: 'otherHeard', said: said() });
  expect(core.journal().filter((text) => text.startsWith('A second coordinator'))).toHaveLength(1);
  expect(core.sentence).toMatch(/^A second coordinator .* another store \(00000000000000bb\), is on the broker/);
  expect(sent(core.beat(0, OURS))).toContain('grant');
  core.feed({ kind: 'ticked' }, 61_000);
  expect(core.journal().at(-1)).toMatch(/has not been heard for a minute/);
  expect(core.sentence).not.toMatch(/second coordinator/);
});

test('one that goes by a copy of this store and a higher term leads: nothing is done any more', () => {
  const core = new Core();
  core.greet('');
  expect(sent(core.feed({ kind: 'otherHeard', said: said({ stores: [OURS], term: 5, phase: 'starting' }) }))).toEqual(
    [],
  );
  expect(sent(core.beat(0, OURS))).toContain('grant'); // that one gives way
  core.feed({ kind: 'otherHeard', said: said({ stores: [OURS], term: 6, phase: 'starting' }) });
  expect(core.sentence).toMatch(/^Another coordinator goes by this store and leads \(term 6\)/);
  expect(core.beat(1, OURS)).toEqual([]);
  expect(core.greet(OURS, { bootId: 2, term: 6, revision: 12 })).toEqual([]);
  expect(core.feed({ kind: 'ticked' }, 60_000)).toEqual([]);
  expect(core.feed({ kind: 'commanded', request: 1, command: { kind: 'delete', app: 'web' } })).toMatchObject([
    { kind: 'reply', reply: { ok: false, code: 'CONFLICT' } },
  ]);
  expect(core.state.term).toBe(5);
});

test('a node that had obeyed this term and now obeys a higher one is not at once outbid: another may lead', () => {
  const core = new Core();
  core.greet('');
  core.beat(0, OURS, { term: 5, revision: 10 });
  core.beat(1, OURS, { term: 6, revision: 11 });
  core.beat(2, OURS, { term: 6, revision: 11 }, 1000);
  expect(core.state.term).toBe(5);
  core.beat(3, OURS, { term: 6, revision: 11 }, 2000); // nobody has said that he leads
  expect(core.state.term).toBe(7);
});

describe('a node that obeys another store', () => {
  test('is none of ours: nothing that it says counts, nothing is said to it, and it is not fenced', () => {
    const core = new Core();
    expect(sent(core.greet(THEIRS, { term: 40 }))).toEqual([]);
    expect(core.beat(0, THEIRS, { term: 40 })).toEqual([]);
    expect(core.state.nodes.size).toBe(0);
    expect(core.state.term).toBe(5);
    expect(core.journal().filter((text) => text.includes("'evenkeel store adopt 00000000000000bb'"))).toHaveLength(1);
    expect(core.sentence).toMatch(/^N1 obeys a coordinator with another store: if that is lost for good, 'evenkeel/);

    const known = new Core();
    known.greet('');
    known.beat(0, OURS);
    for (let sequence = 1; sequence < 200; sequence++) {
      known.beat(sequence, THEIRS, { term: 40 });
      known.feed({ kind: 'reported', report: { node: 'N1', bootId: 1, sequence, instances: [{}] } }, 0); // would throw
      known.feed({ kind: 'ticked' }, 0);
    }
    expect(known.effects.filter(({ kind }) => kind === 'queryPower' || kind === 'powerOff')).toEqual([]);
    expect(known.state.nodes.get('N1' as never)?.watch.liveness).toBe('alive');
    expect(sent(known.beat(300, OURS, { term: 5 }))).toContain('grant'); // back
    expect(known.state.foreign.size).toBe(0);
  });

  test('is taken over when an operator says so, unless its coordinator is there', () => {
    const core = new Core();
    const adopt = (store: string) =>
      core
        .feed({ kind: 'commanded', request: 1, command: { kind: 'adopt', store } })
        .find(({ kind }) => kind === 'reply');
    expect(adopt(THEIRS)).toMatchObject({
      reply: { ok: false, message: expect.stringContaining('No node that was heard') },
    });
    core.greet(THEIRS, { term: 40 });
    core.feed({ kind: 'otherHeard', said: said() });
    expect(adopt(THEIRS)).toMatchObject({ reply: { ok: false, message: expect.stringContaining('is on the broker') } });
    core.feed({ kind: 'ticked' }, 5000);
    expect(adopt(THEIRS)).toMatchObject({
      reply: { ok: true, notes: ['N1 belongs to this coordinator from here on'] },
    });
    expect(core.effects).toContainEqual({
      kind: 'persist',
      change: { table: 'identity', key: 'identity', value: { stores: [OURS, THEIRS] } },
    });
    const greeted = core.greet(THEIRS, { term: 40, revision: 7 });
    expect(core.state.term).toBe(41); // above all that it has obeyed
    expect(greeted.find(({ kind }) => kind === 'assign')).toMatchObject({ assignment: { store: THEIRS, term: 41 } });
    expect(core.beat(0, THEIRS).find(({ kind }) => kind === 'grant')).toMatchObject({ lease: { store: THEIRS } });
    // those that obey this store still do
    const own = core.greet(OURS, { node: 'N2', server: { ...HELLO.server, serial: 'SN2' } });
    expect(own.find(({ kind }) => kind === 'assign')).toMatchObject({ assignment: { store: OURS } });
  });
});

test('an agent that names no store, of an earlier version, is told of none', () => {
  const core = new Core();
  const { store: _, ...hello } = { ...HELLO, store: undefined };
  const assign = core.feed({ kind: 'greeted', hello }).find(({ kind }) => kind === 'assign');
  expect(assign).toMatchObject({ kind: 'assign' });
  expect((assign as { assignment: object }).assignment).not.toHaveProperty('store');
  const grant = core.feed({ kind: 'heartbeaten', heartbeat: HEARTBEAT }).find(({ kind }) => kind === 'grant');
  expect((grant as { lease: object }).lease).not.toHaveProperty('store');
});
