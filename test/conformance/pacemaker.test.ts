import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { runCase } from '../../conformance/pacemaker.ts';
import { PacemakerCase, type Places, unitsOf } from '../../conformance/pacemaker-case.ts';
import { brokenRules, worthOf } from '../../conformance/pacemaker-judge.ts';
import { loadSolver } from '../../placement/solver.ts';
import { ROOT } from '../../scripts/runtime.mjs';

const FILE = join(ROOT, '../shared/data/pacemaker/cases.json');
const solver = await loadSolver();

const base = {
  name: 'made up',
  desc: '',
  policy: { placement: 'utilization', symmetric: true, fencing: false, noQuorum: 'stop', quorum: true },
  nodes: [
    { id: 'n1', state: 'online', cap: { cpu: 2 } },
    { id: 'n2', state: 'online', cap: { cpu: 2 } },
  ],
  apps: [
    { id: 'a', stickiness: 10, demand: { cpu: 1 } },
    { id: 'b', stickiness: 0, demand: { cpu: 1 } },
  ],
  constraints: [],
  current: { a: 'n1', b: null },
  expected: { placement: {}, fence: [], order: [] },
  grade: { pacemaker: 'tie', best: [2, 10], priorities: [0], optima: 2 },
};
const made = (over: object) => PacemakerCase.parse({ ...base, ...over });

describe('cases of our own', () => {
  test('what runs stays, for its stickiness', () => {
    expect(runCase(solver, made({}))).toMatchObject({ reasons: [], moves: 0, unplaced: 0 });
  });

  test('a finite colocation is a wish, paid for with stickiness or not', () => {
    const constraints = [
      { type: 'location', app: 'b', node: 'n2', score: 100 },
      { type: 'colocation', app: 'a', with: 'b', score: 11 },
    ];
    const grade = { ...base.grade, pacemaker: 'unique', best: [2, 111] };
    const expected = {
      placement: { a: 'n2', b: 'n2' },
      fence: [],
      order: [['stop a@n1', 'start a@n2']],
    };
    expect(runCase(solver, made({ constraints, grade, expected })).reasons).toEqual([]);
  });

  test('what must start after something that cannot run waits too, without quorum all do', () => {
    const constraints = [
      // biome-ignore lint/suspicious/noThenProperty: the name in the file
      { type: 'order', first: 'a', then: 'b', kind: 'Mandatory' },
      ...['n1', 'n2'].map((node) => ({ type: 'location', app: 'a', node, score: -1_000_000 })),
    ];
    const grade = { ...base.grade, best: [0, 0] };
    expect(runCase(solver, made({ constraints, grade })).reasons).toEqual([]);
    expect(runCase(solver, made({ policy: { ...base.policy, quorum: false }, grade })).reasons).toEqual([]);
  });

  test('an answer that differs is reported with what differs', () => {
    const grade = { ...base.grade, pacemaker: 'unique' };
    const expected = { placement: { a: 'n2' }, fence: ['n2'], order: [] };
    expect(runCase(solver, made({ grade, expected })).reasons).toEqual([
      'a on n1, expected n2',
      'fences none, expected n2',
    ]);
    const restart = { placement: { a: 'n1' }, fence: [], order: [['stop a@n1', 'start a@n1']] };
    expect(runCase(solver, made({ expected: restart })).reasons).toEqual([
      '"stop a@n1" is not done',
      '"start a@n1" is not done',
    ]);
  });

  test('references to what is not there are refused', () => {
    const constraints = [{ type: 'colocation', app: 'a', with: 'nobody', score: 1 }];
    expect(() => made({ constraints })).toThrow('there is no nobody');
  });
});

/** All placements of units, for the best worth and how many reach it. */
function bestOf(one: PacemakerCase): { worth: readonly number[]; count: number } {
  const units = unitsOf(one);
  const nodes = [...one.nodes.filter((node) => node.state === 'online').map((node) => node.id), null];
  let best: { worth: readonly number[]; count: number } = { worth: [], count: 0 };
  const places: Record<string, string | null> = {};
  const tryFrom = (u: number): void => {
    if (u < units.length) {
      for (const node of nodes) {
        for (const app of units[u]!) places[app] = node;
        tryFrom(u + 1);
      }
      return;
    }
    if (brokenRules(one, places).length > 0) return;
    const worth = worthOf(one, places);
    const k = worth.findIndex((value, index) => value !== best.worth[index]);
    if (k < 0) best.count++;
    else if (best.count === 0 || worth[k]! > best.worth[k]!) best = { worth, count: 1 };
  };
  tryFrom(0);
  return best;
}

const recorded = existsSync(FILE) ? z.array(PacemakerCase).parse(JSON.parse(readFileSync(FILE, 'utf8'))) : [];
describe.skipIf(recorded.length === 0)(`recorded cases (skipped where ${FILE} is missing)`, () => {
  test.each(recorded)('$name: the judge sees in it what its grade says', (one) => {
    const { worth, count } = bestOf(one);
    expect(worth).toEqual(one.grade.best);
    expect(count).toBe(one.grade.optima);
    const expected: Places = one.expected.placement;
    expect(brokenRules(one, expected)).toEqual([]);
    expect(worthOf(one, expected)).toEqual(one.grade.best);
  });

  test('placement is as good in every case, and the same where only one is best', () => {
    const worse = recorded.flatMap((one) => {
      const { value, reasons } = runCase(solver, one);
      // Fences and orders that follow from nothing in the recorded state: docs/placement.md, Conformance.
      return reasons.some((reason) => !/^"|^fences/.test(reason)) ? [{ name: one.name, value, reasons }] : [];
    });
    expect(worse).toEqual([]);
  });
});
