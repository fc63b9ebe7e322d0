import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Cluster } from '../../conformance/failover/cluster.ts';
import { runPveCase } from '../../conformance/pve.ts';
import { failingOf, PveCase } from '../../conformance/pve-case.ts';
import { expectedOf } from '../../conformance/pve-expected.ts';
import { brokenRules, isAsGood } from '../../conformance/pve-worth.ts';
import { loadSolver } from '../../placement/solver.ts';
import type { InstanceId } from '../../protocol/ids.ts';
import type { AssignedInstance } from '../../protocol/messages.ts';
import { ROOT } from '../../scripts/runtime.mjs';

const FILE = join(ROOT, '../shared/data/pve/cases.json');
const solver = await loadSolver();

const ALL_ON = ['power a on', 'power b on', 'power c on'];
const started = (app: string, node: string, t = 25) => ({ t, do: 'started', app, node });
const base = {
  name: 'made up',
  readme: '',
  crs: null,
  nodes: ['a', 'b', 'c'].map((id) => ({ id, cap: {} })),
  apps: [
    { id: 'vm:1', state: 'started' },
    { id: 'vm:2', state: 'started' },
  ],
  rules: [],
  groups: false,
  current: { 'vm:1': 'a', 'vm:2': 'b' },
  commands: [ALL_ON],
  expected: { timeline: [started('vm:1', 'a'), started('vm:2', 'b')], final: {} },
  recoverySeconds: [],
};
const made = (over: object) => PveCase.parse({ ...base, ...over });
const timeline = (...more: object[]) => ({ timeline: [...base.expected.timeline, ...more], final: {} });
const verdictOf = (over: object) => runPveCase(solver, made(over));

describe('scripts of our own', () => {
  test('what runs stays where it is when nothing happens', () => {
    expect(verdictOf({ commands: [ALL_ON, ['delay 50']] })).toMatchObject({ reasons: [], moves: 0, unplaced: 0 });
  });

  test('a node that is cut off is switched off before its service runs elsewhere, which is no move', () => {
    const commands = [ALL_ON, ['network a off']];
    const expected = timeline({ t: 240, do: 'fenced', node: 'a' }, started('vm:1', 'c', 243));
    const verdict = verdictOf({ commands, expected, recoverySeconds: [123] });
    expect(verdict).toMatchObject({ reasons: [], moves: 0, value: [2], reference: [2] });
    expect(Number.parseFloat(String(verdict.figures?.seconds))).toBeGreaterThan(5); // silence, power off, proof
    expect(verdict.figures?.theirs).toBe('123 s');
  });

  test('where all are cut off at once, nobody is switched off and nothing moves', () => {
    const commands = [ALL_ON, ['network a off', 'network b off', 'network c off']];
    expect(verdictOf({ commands })).toMatchObject({ reasons: [], moves: 0 });
  });

  test('an outcome that is not expected is told: the fence, the place, the move', () => {
    expect(verdictOf({ commands: [ALL_ON, ['network a off']] }).reasons).toEqual([
      'a was switched off, which is not expected',
      'vm:1 on c, expected a',
      'vm:1 was moved 1 times, expected 0',
    ]);
    const commands = [ALL_ON, ['service vm:1 migrate c']];
    expect(verdictOf({ commands }).reasons).toEqual(['vm:1 on c, expected a', 'vm:1 was moved 1 times, expected 0']);
  });

  test('a service that is stopped, or deleted, runs nowhere; one that cannot be stopped runs on', () => {
    const stopped = { t: 140, do: 'state', app: 'vm:1', state: 'stopped' };
    const commands = [ALL_ON, ['service vm:1 disabled', 'service vm:2 delete']];
    expect(verdictOf({ commands, expected: timeline(stopped) }).reasons).toEqual([]);
    const over = { apps: [{ id: 'fa:1001', state: 'started' }], current: { 'fa:1001': 'a' } };
    const expected = { timeline: [started('fa:1001', 'a')], final: {} };
    expect(verdictOf({ ...over, expected, commands: [ALL_ON, ['service fa:1001 stop 0']] }).reasons).toEqual([]);
    expect(failingOf('fa:1234')).toEqual({ starts: 2, moves: 3, stop: true });
    expect(failingOf('vm:1234')).toEqual({ starts: 0, moves: 0, stop: false });
  });

  test('services that must be together come along with the one that is told to move', () => {
    const rules = [{ type: 'resource-affinity', id: 'r', resources: ['vm:1', 'vm:2'], affinity: 'positive' }];
    const current = { 'vm:1': 'a', 'vm:2': 'a' };
    const expected = {
      timeline: ['vm:1', 'vm:2'].flatMap((app) => [started(app, 'a'), started(app, 'c', 143)]),
      final: {},
    };
    const commands = [ALL_ON, ['service vm:1 migrate c']];
    expect(verdictOf({ rules, current, commands, expected })).toMatchObject({ reasons: [], moves: 2 });
  });

  test('a service goes back to the node that it prefers, unless its failback is off', () => {
    const rules = [{ type: 'node-affinity', id: 'r', resources: ['vm:1'], nodes: ['a:2', 'b:1'] }];
    const commands = [ALL_ON, ['network a off'], ['power a on', 'network a on']];
    const fenced = [{ t: 240, do: 'fenced', node: 'a' }, started('vm:1', 'b', 243)];
    const back = timeline(...fenced, started('vm:1', 'a', 343));
    expect(verdictOf({ rules, commands, expected: { ...back, final: { 'vm:1': 'a' } } }).reasons).toEqual([]);
    expect(
      verdictOf({ rules, commands, expected: { ...timeline(...fenced), final: { 'vm:1': 'b' } } }).reasons,
    ).toEqual([]);
    const elsewhere = timeline(fenced[0]!, started('vm:1', 'c', 243));
    expect(verdictOf({ rules, commands, expected: { ...elsewhere, final: { 'vm:1': 'c' } } }).reasons).toEqual([
      'vm:1 on b, expected c',
    ]);
  });

  test('a service that fails to start is moved on, and in error after the last try', () => {
    const commands = [ALL_ON, ['service fa:130 started']];
    const over = { apps: [{ id: 'fa:130', state: null }], current: { 'fa:130': 'a' }, commands };
    const relocated = (to: string, t: number) => ({ t, do: 'relocate', app: 'fa:130', to });
    const tries = [relocated('b', 140), relocated('c', 180)];
    const error = { t: 220, do: 'state', app: 'fa:130', state: 'error' };
    const inError = verdictOf({ ...over, expected: { timeline: [...tries, error], final: {} } });
    expect(inError).toMatchObject({ reasons: [], moves: 2, value: [0] });
    const runs = { timeline: [...tries, started('fa:130', 'c', 225)], final: {} };
    expect(verdictOf({ ...over, expected: runs })).toMatchObject({ value: [1] });
  });

  test('while all is disarmed nobody is switched off and nothing moves; armed again it is as always', () => {
    const commands = [ALL_ON, ['crm b disarm-ha freeze'], ['network a off'], ['network a on'], ['crm c arm-ha']];
    expect(verdictOf({ commands })).toMatchObject({ reasons: [], moves: 0 });
    const cutOff = [...commands, ['network a off']];
    const expected = timeline({ t: 640, do: 'fenced', node: 'a' }, started('vm:1', 'c', 643));
    expect(verdictOf({ commands: cutOff, expected }).reasons).toEqual([]);
  });

  test('a node in maintenance is empty, and can be cut off without harm', () => {
    const commands = [ALL_ON, ['crm a enable-node-maintenance'], ['power a off']];
    expect(verdictOf({ commands, expected: timeline(started('vm:1', 'c', 160)) })).toMatchObject({
      reasons: [],
      moves: 1,
    });
  });

  test('an agent that is started again adopts what runs', () => {
    expect(verdictOf({ commands: [ALL_ON, ['restart-lrm a']] })).toMatchObject({ reasons: [], moves: 0 });
  });

  test('what has no counterpart is named, and counts as not reproduced', () => {
    const { reasons } = verdictOf({ groups: true, commands: [ALL_ON, ['service vm:1 ignored']] });
    expect(reasons).toEqual([
      expect.stringMatching(/^not modelled: a service that is left alone/),
      expect.stringMatching(/^not modelled: groups/),
    ]);
    const everywhere = [{ type: 'node-affinity', id: 'r', resources: ['vm:1'], nodes: ['a', 'b', 'c'] }];
    expect(verdictOf({ rules: everywhere }).reasons).toEqual([]); // it prefers none to another
    expect(verdictOf({ commands: [ALL_ON, ['crm a dance']] }).reasons).toEqual([
      'not modelled: the command "crm a dance"',
    ]);
    const unexplained = timeline({ t: 20, do: 'fenced', node: 'c' });
    expect(verdictOf({ expected: unexplained }).reasons).toEqual([
      'not modelled: a past that the file does not tell: c is to be fenced',
    ]);
  });

  test('references to what is not there are refused', () => {
    expect(() => made({ current: { 'vm:1': 'nowhere' } })).toThrow('there is no nowhere');
    expect(() => made({ current: { 'vm:9': 'a' } })).toThrow('there is no vm:9');
    expect(() => made({ commands: [ALL_ON, ['network d off']] })).toThrow('there is no d');
    expect(() => made({ commands: [ALL_ON, ['service vm:9 stopped']] })).toThrow('there is no vm:9');
  });
});

test('another answer is as good when as much runs, by the rules, as evenly, and with no more moves', () => {
  const one = made({
    rules: [{ type: 'resource-affinity', id: 'apart', resources: ['vm:1', 'vm:2'], affinity: 'negative' }],
  });
  const expected = expectedOf(one);
  const places = (first: string | null, second: string | null) =>
    new Map([
      ['vm:1', first],
      ['vm:2', second],
    ]);
  expect(isAsGood(one, expected, places('c', 'b'), 0)).toBe(true);
  expect(isAsGood(one, expected, places('c', 'b'), 1)).toBe(false);
  expect(isAsGood(one, expected, places('c', null), 0)).toBe(false);
  expect(brokenRules(one, places('c', 'c'))).toEqual(['apart']);
  expect(isAsGood(one, expected, places('c', 'c'), 0)).toBe(false);
  expect(isAsGood(made({}), expected, places('c', 'c'), 0)).toBe(false); // two on one node
  const back = made({ expected: timeline(started('vm:1', 'c', 50), started('vm:1', 'a', 90)) });
  expect(isAsGood(back, expectedOf(back), places('c', 'b'), 1)).toBe(false); // it is to come back
});

test('an instance that is started while another one runs, or may run, is noticed', () => {
  const cluster = new Cluster(solver);
  const [a, b] = ['a', 'b'].map((name) => cluster.addMachine(name, { cpu: 1000, memory: 1e9 })) as [
    ReturnType<Cluster['addMachine']>,
    ReturnType<Cluster['addMachine']>,
  ];
  const process = (role: 'active' | 'standby', generation: number) => {
    const assigned = { instance: 'x/0' as InstanceId, generation, role } as AssignedInstance;
    return { key: `x/0#${generation}`, app: 'x', assigned };
  };
  a.connected = true;
  a.processes.set('x/0#1', process('active', 1));
  cluster.ran(b, process('standby', 2));
  expect(cluster.overlaps).toEqual([]); // a move starts beside what it replaces
  cluster.ran(b, process('active', 2));
  expect(cluster.overlaps).toEqual(['x ran on b while it ran on a']);
  a.connected = false;
  cluster.ran(b, process('standby', 3));
  expect(cluster.overlaps).toHaveLength(2); // on a node that is cut off, nothing is known of it
});

const recorded = existsSync(FILE) ? z.array(PveCase).parse(JSON.parse(readFileSync(FILE, 'utf8'))) : [];
describe.skipIf(recorded.length === 0)(`recorded cases (skipped where ${FILE} is missing)`, () => {
  test('nothing runs twice, nobody is switched off without need, and misses have a known kind', () => {
    const verdicts = recorded.map((one) => runPveCase(solver, one));
    const reasons = verdicts.flatMap((one) => one.reasons.map((reason) => `${one.name}: ${reason}`));
    expect(reasons.filter((reason) => / ran on | was switched off/.test(reason))).toEqual([]);
    expect(verdicts.filter((one) => one.reasons.length === 0).length).toBeGreaterThanOrEqual(40);
    // docs/failover.md names the two others
    const unnamed = verdicts.filter(
      ({ reasons: all }) => all.length > 0 && !all.some((why) => why.startsWith('not modelled')),
    );
    expect(unnamed.length).toBeLessThanOrEqual(2);
  }, 120_000);
});
