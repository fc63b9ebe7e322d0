import { describe, expect, test } from 'vitest';
import { adoptedState } from '../../agent/initial-state.ts';
import type { InstanceRecord } from '../../agent/records.ts';
import type { AgentState, Effect, Event } from '../../agent/state.ts';
import { needsGuard, nextDueMs, step } from '../../agent/step.ts';
import type { Lease } from '../../protocol/lease.ts';
import type { AssignedInstance } from '../../protocol/messages.ts';
import { instanceOf, n1 } from './stage.ts';

const BOOT = 100;
const fresh = (living: readonly InstanceRecord[] = []) => adoptedState('N1', { bootId: BOOT, term: 3 }, living);
type Untimed<E> = E extends Event ? Omit<E, 'atMs'> : never;

/** Events one after another, each with its moment; gives the state and the effects of the last. */
function run(
  state: AgentState,
  ...events: [number, Untimed<Event>][]
): { state: AgentState; effects: readonly Effect[] } {
  let effects: readonly Effect[] = [];
  for (const [atMs, event] of events) [state, effects] = step(state, { ...event, atMs } as Event);
  return { state, effects };
}
function assigned(instances: AssignedInstance[], change: Record<string, unknown> = {}): Untimed<Event> {
  const assignment = { v: 1 as const, node: n1, bootId: BOOT, term: 3, revision: 1, instances, ...change };
  return { kind: 'assigned', assignment };
}
function leased(untilMs: number, change: Partial<Lease> = {}): Untimed<Event> {
  const lease = {
    v: 1 as const,
    node: n1,
    bootId: BOOT,
    term: 3,
    sequence: 0,
    sentMs: 0,
    leaseMs: 0,
    revision: 1,
    ...change,
  };
  return { kind: 'leased', lease, untilMs };
}
const kinds = (effects: readonly Effect[]) => effects.map((effect) => effect.kind);
const keep = instanceOf('web/0', 'x');
const stop = instanceOf('db/0', 'x', { isolation: 'stop' });
const spawned: Untimed<Event> = { kind: 'spawned', key: 'web/0#1', pid: 42, ports: {} };
const held: Untimed<Event> = { kind: 'guarded', held: true, untilMs: 0 };
const state = (agent: AgentState, key = 'web/0#1') => agent.slots.get(key);
const adopted = (one: AssignedInstance): InstanceRecord => ({
  v: 1,
  token: 'token-of-it',
  machineBoot: 'boot',
  pid: 42,
  startTicks: 1,
  ports: {},
  ready: true,
  assigned: one,
});

describe('which assignment counts', () => {
  test.each([
    ['ours', {}, ['launch', 'report']],
    ['an older term', { term: 2 }, []],
    [
      'a newer term is kept on disk first, whatever its revision',
      { term: 4, revision: 0 },
      ['persistTerm', 'launch', 'report'],
    ],
    ['another boot', { bootId: 99 }, []],
    ['another node', { node: 'N2' }, []],
  ])('%s', (_name, change, expected) => {
    expect(kinds(run(fresh(), [0, assigned([keep], change)]).effects)).toEqual(expected);
  });

  test('an overtaken revision is ignored, a repeated one changes nothing', () => {
    const obeyed = run(fresh(), [0, assigned([keep], { revision: 5 })]).state;
    expect(run(obeyed, [1, assigned([], { revision: 4 })]).effects).toEqual([]);
    expect(run(obeyed, [1, assigned([keep], { revision: 5 })]).effects).toEqual([]);
    expect(run(obeyed, [1, assigned([keep], { revision: 5 })]).state.revision).toBe(5);
  });

  test('before one for this boot, what runs is kept and what dies is not started again', () => {
    const start = fresh([adopted(keep)]);
    expect(run(start, [0, { kind: 'ticked' }]).effects).toEqual([]);
    const dead = run(
      start,
      [0, { kind: 'exited', key: 'web/0#1', detail: 'x' }],
      [1, { kind: 'vanished', key: 'web/0#1' }],
    );
    const later = run(dead.state, [1e9, { kind: 'ticked' }]);
    expect(later.effects).toEqual([]);
    expect(kinds(run(later.state, [1e9, assigned([keep])]).effects)).toContain('launch');
  });
});

describe('stop lives by the lease', () => {
  const cases: [string, [number, Untimed<Event>][], boolean][] = [
    ['no lease', [[0, held]], false],
    ['no guard', [[0, leased(1000)]], false],
    [
      'both',
      [
        [0, held],
        [0, leased(1000)],
      ],
      true,
    ],
    [
      'lease over',
      [
        [0, held],
        [0, leased(5)],
      ],
      false,
    ],
    [
      'a newer assignment is on its way',
      [
        [0, held],
        [0, leased(1000, { revision: 2 })],
      ],
      false,
    ],
    [
      'a lease of an older term',
      [
        [0, held],
        [0, leased(1000, { term: 2 })],
      ],
      false,
    ],
    [
      'a lease of another boot',
      [
        [0, held],
        [0, leased(1000, { bootId: 7 })],
      ],
      false,
    ],
  ];
  test.each(cases)('%s', (_name, before, starts) => {
    const { effects } = run(fresh(), ...before, [10, assigned([stop])]);
    expect(kinds(effects).includes('launch')).toBe(starts);
  });

  const running = run(
    fresh(),
    [0, held],
    [0, leased(1000)],
    [1, assigned([stop, keep])],
    [2, spawned],
    [2, { ...spawned, key: 'db/0#1', pid: 43 } as Untimed<Event>],
  ).state;

  test('at its end they are killed at once, keep is left alone, and only a new lease brings them back', () => {
    expect(nextDueMs(running)).toBe(1000);
    expect(kinds(run(running, [999, { kind: 'ticked' }]).effects)).toEqual([]);
    const ended = run(running, [1000, { kind: 'ticked' }]);
    expect(kinds(ended.effects)).toEqual(['kill', 'note', 'report']);
    expect(kinds(run(ended.state, [1001, { kind: 'ticked' }]).effects)).toEqual([]); // once
    const gone = run(ended.state, [1100, { kind: 'vanished', key: 'db/0#1' }]);
    expect(kinds(gone.effects)).toEqual(['forget', 'report']);
    expect(state(gone.state)?.phase).toBe('running');
    expect(kinds(run(gone.state, [1200, leased(2000)]).effects)).toContain('launch');
  });

  test('a lease that arrives later but was asked for earlier takes nothing back', () => {
    expect(run(running, [10, leased(500)]).state.leaseUntilMs).toBe(1000);
  });

  test('a lease that comes after the end does not save what should be dead', () => {
    expect(kinds(run(running, [1500, leased(2400)]).effects)).toContain('kill');
  });

  test('an event that comes after the end does not come before it', () => {
    const told = run(running, [1500, assigned([stop, keep], { revision: 2 })]);
    expect(kinds(told.effects)).toContain('kill');
  });

  test('one that is being started at the end is killed as soon as it runs', () => {
    const starting = run(fresh(), [0, held], [0, leased(1000)], [1, assigned([stop])], [1000, { kind: 'ticked' }]);
    const late = run(starting.state, [1010, { ...spawned, key: 'db/0#1' } as Untimed<Event>]);
    expect(kinds(late.effects)).toContain('kill');
  });

  test('adopted ones wait for the word of the guard; without a guard there is no lease', () => {
    const start = fresh([adopted(stop)]);
    expect(run(start, [0, { kind: 'ticked' }]).effects).toEqual([]);
    expect(kinds(run(start, [0, { kind: 'guarded', held: true, untilMs: 50 }]).effects)).toEqual([]);
    expect(kinds(run(start, [0, { kind: 'guarded', held: false, untilMs: 0 }]).effects)).toContain('kill');
    expect(needsGuard(start)).toBe(true);
    expect(needsGuard(fresh([adopted(keep)]))).toBe(false);
  });
});

describe('one instance', () => {
  const running = run(fresh(), [0, assigned([keep])], [10, spawned]).state;

  test('runs, is stopped with grace, then killed', () => {
    const stopping = run(running, [100, assigned([], { revision: 2 })]);
    expect(kinds(stopping.effects)).toEqual(['terminate', 'report']);
    expect(nextDueMs(stopping.state)).toBe(1100);
    expect(kinds(run(stopping.state, [1099, { kind: 'ticked' }]).effects)).toEqual([]);
    const killed = run(stopping.state, [1100, { kind: 'ticked' }]);
    expect(kinds(killed.effects)).toEqual(['kill']);
    expect(run(killed.state, [1200, { kind: 'vanished', key: 'web/0#1' }]).state.slots.size).toBe(0);
  });

  test('a newer generation starts only when the older one has vanished', () => {
    const next = { ...keep, generation: 2 };
    const stopping = run(running, [100, assigned([next], { revision: 2 })]);
    expect(kinds(stopping.effects)).toEqual(['terminate', 'report']);
    const exited = run(stopping.state, [110, { kind: 'exited', key: 'web/0#1', detail: 'x' }]);
    expect(kinds(exited.effects)).toEqual([]);
    const gone = run(exited.state, [120, { kind: 'vanished', key: 'web/0#1' }]);
    expect(gone.effects).toMatchObject([{ kind: 'forget', key: 'web/0#1' }, { kind: 'launch', key: 'web/0#2' }, {}]);
  });

  test('is revoked while it is being started', () => {
    const starting = run(fresh(), [0, assigned([keep])], [1, assigned([], { revision: 2 })]);
    expect(kinds(starting.effects)).toEqual(['report']);
    expect(kinds(run(starting.state, [2, spawned]).effects)).toContain('terminate');
    const failed = run(starting.state, [2, { kind: 'spawnFailed', key: 'web/0#1', detail: 'no', diskFull: false }]);
    expect(failed.state.slots.size).toBe(0);
  });

  test('dies: its group is killed, the back-off doubles, a stable run resets it', () => {
    let agent = running;
    const delays: number[] = [];
    let now = 100;
    const die = () => {
      const dead = run(agent, [now, { kind: 'exited', key: 'web/0#1', detail: 'exited with code 1' }]);
      expect(kinds(dead.effects)).toEqual(['note', 'kill', 'report']);
      agent = run(dead.state, [now, { kind: 'vanished', key: 'web/0#1' }]).state;
      const due = nextDueMs(agent);
      delays.push(due - now);
      expect(kinds(run(agent, [due - 1, { kind: 'ticked' }]).effects)).not.toContain('launch');
      const tried = run(agent, [due, { kind: 'ticked' }]);
      expect(kinds(tried.effects)).toContain('launch');
      agent = run(tried.state, [due, spawned]).state;
      now = due + 10;
    };
    for (let i = 0; i < 9; i++) die();
    now += 30_000;
    die();
    expect(delays).toEqual([200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 200]);
    expect(state(agent)?.restarts).toBe(10);
  });

  test('a role is told once, and again when that failed', () => {
    const standby = { ...keep, role: 'standby' as const };
    const telling = run(running, [20, assigned([standby], { revision: 2 })]);
    expect(kinds(telling.effects)).toContain('tellRole');
    expect(state(telling.state)?.role).toBe('active'); // until it has been told
    expect(kinds(run(telling.state, [21, { kind: 'ticked' }]).effects)).not.toContain('tellRole');
    const told = run(telling.state, [22, { kind: 'roleTold', key: 'web/0#1', role: 'standby' }]);
    expect(state(told.state)?.role).toBe('standby');
    const failed = run(telling.state, [22, { kind: 'roleFailed', key: 'web/0#1', detail: 'disk', diskFull: true }]);
    expect(kinds(failed.effects)).toEqual(['note', 'tellRole', 'report']);
  });

  test('a full disk is told once, and the start is tried again', () => {
    const full: Untimed<Event> = { kind: 'spawnFailed', key: 'web/0#1', detail: 'disk full: no', diskFull: true };
    const first = run(fresh(), [0, assigned([keep])], [1, full]);
    expect(first.effects.filter((effect) => effect.kind === 'note')).toMatchObject([
      { note: 'disk-full' },
      { note: 'instance-failed' },
    ]);
    const second = run(first.state, [1000, { kind: 'ticked' }], [1001, full]);
    expect(second.effects.filter((effect) => effect.kind === 'note')).toEqual([]);
    expect(run(second.state, [5000, { kind: 'ticked' }], [5001, spawned]).state.diskFull).toBe(false);
  });
});

describe('probes', () => {
  const port = { tcp: { port: 1 }, intervalMs: 1000, timeoutMs: 1000, failureThreshold: 2 };
  const probed = instanceOf('web/0', 'x', { probes: { readiness: port, liveness: port } });
  const starting = run(fresh(), [0, assigned([probed])], [1, spawned]).state;
  const answer = (probe: 'readiness' | 'liveness', latencyMs: number | null): Untimed<Event> => ({
    kind: 'probed',
    key: 'web/0#1',
    probe,
    latencyMs,
    detail: 'refused',
  });
  const ready = run(starting, [2, answer('readiness', 7)]).state;

  test('readiness', () => {
    expect(state(starting)?.readiness).toBe('unknown');
    expect(state(ready)).toMatchObject({ readiness: 'passing', latencyMs: 7 });
    const once = run(ready, [3, answer('readiness', null)]).state;
    expect(state(once)?.readiness).toBe('passing');
    const twice = run(once, [4, answer('readiness', null)]);
    expect(state(twice.state)).toMatchObject({ readiness: 'failing', detail: 'refused' });
    expect(state(run(twice.state, [5, answer('readiness', 3)]).state)?.readiness).toBe('passing');
  });

  test('liveness restarts, but not before the instance was ready', () => {
    const slow = run(
      starting,
      [2, answer('liveness', null)],
      [3, answer('liveness', null)],
      [4, answer('liveness', null)],
    );
    expect(slow.effects).toEqual([]);
    const failing = run(ready, [3, answer('liveness', null)], [4, answer('liveness', null)]);
    expect(kinds(failing.effects)).toEqual(['note', 'terminate', 'report']);
    const gone = run(failing.state, [5, { kind: 'vanished', key: 'web/0#1' }]);
    expect(state(gone.state)).toMatchObject({ phase: 'waiting', restarts: 1 });
    const between = run(
      ready,
      [3, answer('liveness', null)],
      [4, answer('liveness', 1)],
      [5, answer('liveness', null)],
    );
    expect(kinds(between.effects)).toEqual([]);
  });
});

test.each([
  ['of this term', 3, ['hello']],
  ['of an older term', 2, []],
])('a request %s', (_name, term, expected) => {
  const request = { v: 1 as const, node: n1, term, kind: 'hello' as const };
  expect(kinds(run(fresh(), [0, { kind: 'requested', request }]).effects)).toEqual(expected);
});

test('a lease of a newer term brings a hello, and its revision a report', () => {
  const { effects, state: agent } = run(fresh(), [0, leased(100, { term: 4, revision: 9 })]);
  expect(kinds(effects)).toEqual(['persistTerm', 'hello', 'report', 'report']);
  expect(agent.term).toBe(4);
});
