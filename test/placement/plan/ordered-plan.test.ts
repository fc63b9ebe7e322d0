import { describe, expect, test } from 'vitest';
import { PlacementError } from '../../../placement/error.ts';
import { orderedPlan, type PlanOptions } from '../../../placement/plan/ordered-plan.ts';
import type { Problem } from '../../../placement/problem.ts';
import { aNode, anApplication, anInstance, aProblem } from '../problems.ts';
import { faultOf } from './judge.ts';

/** Steps as text, wave by wave: `1: 0>2 detour` is instance 1. The judge has found nothing wrong with them. */
function planned(problem: Problem, target: readonly number[], options: PlanOptions = {}): string[] {
  const plan = orderedPlan(problem, target, options);
  expect(faultOf(problem, target, plan, options)).toBeNull();
  const text = (k: number) => {
    const { instance, from, to, detour, interrupts } = plan.steps[k]!;
    return `${instance}: ${from}>${to}${detour ? ' detour' : ''}${interrupts ? ' interrupts' : ''}`;
  };
  return plan.waves.map((wave) => wave.map(text).join(', '));
}
const reasons = (problem: Problem, target: readonly number[], options: PlanOptions = {}) =>
  orderedPlan(problem, target, options).steps.flatMap(({ why }) => why ?? []);
const named = (problem: Problem): Problem => ({
  ...problem,
  instances: problem.instances.map((one, i) => ({ ...one, name: `i${i}` })),
});

/** Two nodes, each filled by one instance; they are to change places. `rest` are more nodes. */
const swap = (...rest: readonly number[]) =>
  named(
    aProblem(
      [aNode('N0', 10), aNode('N1', 10), ...rest.map((capacity, n) => aNode(`N${n + 2}`, capacity))],
      [anApplication('a', 6), anApplication('b', 6)],
      [anInstance(0, 0), anInstance(1, 1)],
    ),
  );

describe('order', () => {
  test('what does not wait for each other runs at once, the rest as soon as its room is free', () => {
    const apps = ['a', 'b', 'c', 'd'].map((name) => anApplication(name, 6));
    const nodes = [aNode('N0', 6), aNode('N1', 6), aNode('N2', 6), aNode('N3', 6), aNode('N4', 6)];
    const problem = aProblem(nodes, apps, [anInstance(0, 0), anInstance(1, 1), anInstance(2, 3)]);
    expect(planned(problem, [1, 2, 4])).toEqual(['1: 1>2, 2: 3>4', '0: 0>1']);
    expect(planned(problem, [0, 1, 3])).toEqual([]);
  });

  test('both ends of a move are held while it runs', () => {
    const apps = [anApplication('a', 4), anApplication('b', 4)];
    const problem = aProblem([aNode('N0', 7), aNode('N1', 7)], apps, [anInstance(0, 0), anInstance(1)]);
    expect(planned(problem, [1, 0])).toEqual(['0: 0>1', '1: -1>0']);
  });

  test('what runs nowhere starts first, the more important first; what makes room for it is not put off', () => {
    const apps = [10, 90, 50, 50].map((priority, a) => anApplication(`a${a}`, 5, { priority }));
    const nodes = [
      aNode('N0', 5),
      aNode('N1', 5),
      aNode('N2', 5),
      aNode('N3', 5),
      aNode('lost', 9, { openness: 'gone' }),
    ];
    const problem = aProblem(nodes, apps, [anInstance(0, 4), anInstance(1), anInstance(2, 0), anInstance(3, 2)]);
    expect(planned(problem, [3, 0, 1, 2], { movesAtOnce: 1 })).toEqual(['2: 0>1, 0: -1>3', '1: -1>0']);
  });

  test('a less important one is stopped for good before the start that needs its room', () => {
    const apps = [anApplication('low', 6, { priority: 10 }), anApplication('high', 6, { priority: 90 })];
    const problem = aProblem([aNode('N0', 10)], apps, [anInstance(0, 0), anInstance(1)]);
    expect(planned(problem, [-1, 0])).toEqual(['0: 0>-1', '1: -1>0']);
  });

  test('limits make steps wait, the more important go first', () => {
    const apps = [10, 90, 50].map((priority, a) => anApplication(`a${a}`, 1, { priority }));
    const problem = aProblem([aNode('N0', 9), aNode('N1', 9)], apps, [
      anInstance(0, 0),
      anInstance(1, 0),
      anInstance(2, 0),
    ]);
    expect(planned(problem, [1, 1, 1])).toEqual(['1: 0>1, 2: 0>1, 0: 0>1']);
    expect(planned(problem, [1, 1, 1], { movesAtOnce: 1 })).toEqual(['1: 0>1', '2: 0>1', '0: 0>1']);
    const replicas = aProblem(
      [0, 1, 2, 3].map((n) => aNode(`N${n}`, 9)),
      [anApplication('a', 1)],
      [anInstance(0, 0), anInstance(0, 1)],
    );
    expect(planned(replicas, [2, 3])).toEqual(['0: 0>2', '1: 1>3']);
    expect(planned(replicas, [2, 3], { movesPerApplication: 2 })).toEqual(['0: 0>2, 1: 1>3']);
  });

  test('an over-full node gets nothing before it is relieved', () => {
    const apps = [anApplication('a', 6), anApplication('b', 6), anApplication('c', 1)];
    const problem = aProblem([aNode('N0', 10), aNode('N1', 10)], apps, [
      anInstance(0, 0),
      anInstance(1, 0),
      anInstance(2),
    ]);
    expect(planned(problem, [1, 0, 0])).toEqual(['0: 0>1', '2: -1>0']);
  });
});

describe('rules on the way', () => {
  test('a replica comes when the one before it has left', () => {
    const nodes = [0, 1, 2].map((n) => aNode(`N${n}`, 9));
    const problem = aProblem(nodes, [anApplication('a', 1)], [anInstance(0, 0), anInstance(0, 1)]);
    expect(planned(problem, [1, 2], { movesPerApplication: 2 })).toEqual(['1: 1>2', '0: 0>1']);
  });

  test('so does one that may not be beside another', () => {
    const apps = [anApplication('a', 1), anApplication('b', 1, { antiAffinity: [0] })];
    const problem = aProblem(
      [0, 1, 2].map((n) => aNode(`N${n}`, 9)),
      apps,
      [anInstance(0, 0), anInstance(1, 1)],
    );
    expect(planned(problem, [1, 2])).toEqual(['1: 1>2', '0: 0>1']);
    expect(planned(problem, [1, 0])).toEqual(['0: 0>2 detour', '1: 1>0', '0: 2>1']);
  });

  test('one that needs another goes with it; leaves before it; starts after it', () => {
    const apps = [anApplication('a', 1, { affinity: [1] }), anApplication('b', 1)];
    const nodes = [0, 1, 2].map((n) => aNode(`N${n}`, 9));
    const together = orderedPlan(aProblem(nodes, apps, [anInstance(0, 0), anInstance(1, 0)]), [1, 1]);
    expect(together.steps.map((step) => step.together)).toEqual([[1], [0]]);
    const two = [anInstance(0, 0), anInstance(1, 0), anInstance(1, 1)];
    expect(planned(aProblem(nodes, apps, two), [1, 2, 1])).toEqual(['0: 0>1', '1: 0>2']);
    expect(planned(aProblem(nodes, apps, [anInstance(0), anInstance(1)]), [1, 1])).toEqual(['1: -1>1', '0: -1>1']);
    expect(planned(aProblem(nodes, apps, [anInstance(0, 0), anInstance(1, 0)]), [-1, -1])).toEqual([
      '0: 0>-1',
      '1: 0>-1',
    ]);
  });

  test('who lacks another at home may lack it again when that one has only passed', () => {
    const apps = [
      anApplication('a', 1, { affinity: [1] }),
      anApplication('b', 6),
      anApplication('c', 6, { priority: 90 }),
    ];
    const nodes = [aNode('N0', 6), aNode('N1', 6), aNode('N2', 9)];
    const problem = aProblem(nodes, apps, [anInstance(0, 2), anInstance(1, 0), anInstance(2, 1)]);
    expect(planned(problem, [2, 1, 0])).toEqual(['1: 0>2 detour', '2: 1>0', '1: 2>1']);
  });

  test('what is broken at home stays broken until it leaves', () => {
    const apps = [anApplication('a', 1, { affinity: [1] }), anApplication('b', 1)];
    const nodes = [aNode('N0', 9), aNode('N1', 9)];
    expect(planned(aProblem(nodes, apps, [anInstance(0, 0), anInstance(1)]), [1, 1])).toEqual(['1: -1>1', '0: 0>1']);
  });
});

describe('where some wait for each other', () => {
  test('one goes over a third node that has room', () => {
    expect(planned(swap(6), [1, 0])).toEqual(['0: 0>2 detour', '1: 1>0', '0: 2>1']);
    expect(reasons(swap(6), [1, 0])).toEqual(["i0 and i1 wait for each other's room; N2 can take it meanwhile"]);
  });

  test('where there is none, one is stopped', () => {
    expect(planned(swap(5), [1, 0])).toEqual(['0: 0>-1 interrupts', '1: 1>0', '0: -1>1']);
    expect(reasons(swap(), [1, 0])).toEqual([
      "i0 and i1 wait for each other's room, and no third node can take any of them meanwhile",
    ]);
  });

  test('the least important one, and of equals the smallest', () => {
    const three = (over: readonly object[]) => {
      const apps = over.map((one, a) => ({ ...anApplication(`a${a}`, 6), ...one }));
      const nodes = apps.map((_, n) => aNode(`N${n}`, 6));
      return aProblem(
        nodes,
        apps,
        apps.map((_, a) => anInstance(a, a)),
      );
    };
    const stopped = (problem: Problem) =>
      orderedPlan(problem, [1, 2, 0]).steps.flatMap(({ interrupts, instance }) => (interrupts ? [instance] : []));
    expect(stopped(three([{ priority: 50 }, { priority: 10 }, { priority: 90 }]))).toEqual([1]);
    expect(stopped(three([{ demand: [6] }, { demand: [6] }, { demand: [5] }]))).toEqual([2]);
  });

  test('a third node is open, allowed, and in no busier failure domain if it can be', () => {
    const closed = swap(9);
    const at = (over: object) => ({ ...closed, nodes: closed.nodes.with(2, { ...closed.nodes[2]!, ...over }) });
    for (const openness of ['cordoned', 'unheard', 'degraded', 'draining', 'gone'] as const) {
      expect(planned(at({ openness }), [1, 0])[0]).toBe('0: 0>-1 interrupts');
    }
    const forbid = [{ label: 'node', in: ['N2'] }];
    const forbidden = { ...closed, applications: closed.applications.map((one) => ({ ...one, forbid })) };
    expect(planned(forbidden, [1, 0])[0]).toBe('0: 0>-1 interrupts');
    const domains = swap(20, 20, 20);
    const busy = named({
      ...domains,
      nodes: domains.nodes.map((node, n) => ({ ...node, domain: n === 2 || n === 4 ? 'busy' : 'calm' })),
      applications: [...domains.applications, anApplication('c', 20)],
      instances: [...domains.instances, anInstance(2, 4)],
    });
    expect(planned(busy, [1, 0, 4])[0]).toBe('0: 0>3 detour');
  });

  test('detours are shared out, so that one need not wait for the other', () => {
    const nodes = [0, 1, 2, 3].map((n) => aNode(`N${n}`, 6)).concat([aNode('N4', 7), aNode('N5', 7)]);
    const apps = [0, 1, 2, 3].map((a) => anApplication(`a${a}`, 6));
    const problem = aProblem(
      nodes,
      apps,
      apps.map((_, a) => anInstance(a, a)),
    );
    expect(planned(problem, [1, 0, 3, 2])).toHaveLength(3);
  });

  test('what is to be stopped is stopped no earlier than its room is needed', () => {
    // 2 needs the room of both 0 and 1, and 1 can leave only when 3 has gone
    const apps = [6, 4, 10, 4].map((demand, a) => anApplication(`a${a}`, demand, { priority: a === 0 ? 10 : 50 }));
    const nodes = [aNode('N0', 10), aNode('N1', 10), aNode('N2', 4), aNode('N3', 4)];
    const problem = aProblem(nodes, apps, [anInstance(0, 0), anInstance(1, 0), anInstance(2, 1), anInstance(3, 2)]);
    expect(planned(problem, [1, 2, 0, 3])).toEqual(['3: 2>3', '1: 0>2', '0: 0>-1 interrupts', '2: 1>0', '0: -1>1']);
  });

  test('one that is always stopped first needs no room at both ends, and is stopped when its place is free', () => {
    const options = { stopsFirst: (instance: number) => instance === 0 };
    expect(planned(swap(), [1, 0], options)).toEqual(['0: 0>-1 interrupts', '1: 1>0', '0: -1>1']);
    const apps = [anApplication('a', 6), anApplication('b', 6)];
    const chain = aProblem(
      [0, 1, 2].map((n) => aNode(`N${n}`, 6)),
      apps,
      [anInstance(0, 0), anInstance(1, 1)],
    );
    expect(planned(chain, [1, 2], options)).toEqual(['1: 1>2', '0: 0>-1 interrupts', '0: -1>1']);
  });
});

test('what only wishes to move is not stopped before there is room for it, though it always stops first', () => {
  const options = { stopsFirst: () => true, mayStop: () => false };
  expect(planned(swap(), [1, 0], options)).toEqual([]);
  expect(planned(swap(9), [2, 1], options)).toEqual(['0: 0>-1 interrupts', '0: -1>2']);
});

describe('who has no way stays', () => {
  const left = (problem: Problem, target: readonly number[], options: PlanOptions = {}) => {
    const plan = orderedPlan(problem, target, options);
    expect(faultOf(problem, target, plan, options)).toBeNull();
    return plan.left.map(({ instance, why }) => `${instance}: ${why}`);
  };

  test('pinned ones, and those whose target takes nothing or does not allow them', () => {
    const apps = [anApplication('a', 1), anApplication('b', 1, { forbid: [{ label: 'node', in: ['N1'] }] })];
    const nodes = [aNode('N0', 9), aNode('N1', 9), aNode('N2', 9, { openness: 'draining' })];
    const instances = [anInstance(0, 0, { pinned: true }), anInstance(1, 0), anInstance(0, 1)];
    expect(left(aProblem(nodes, apps, instances), [1, 1, 2])).toEqual([
      '0: it is pinned to N0',
      '1: its rules do not allow N1',
      '2: N2 is draining: nothing new goes there',
    ]);
  });

  test('those that may neither stop nor go over a third node, and nobody is left on one', () => {
    expect(left(swap(9), [1, 0], { mayStop: () => false, mayDetour: () => false })).toEqual([
      '0: no order of steps gives it a place on N1',
      '1: no order of steps gives it a place on N0',
    ]);
    // the detour of 0 would help nobody: 1 does not fit on N0 even then
    const problem = { ...swap(9), applications: [anApplication('a', 6), anApplication('b', 11)] };
    expect(left(problem, [1, 0], { mayStop: () => false })).toHaveLength(2);
  });
});

test('bad input is refused with field, value and what is allowed', () => {
  expect(() => orderedPlan(swap(), [1])).toThrow(new PlacementError('target.length', 1, '2, one per instance'));
  expect(() => orderedPlan(swap(), [1, 7])).toThrow(new PlacementError('target[1]', 7, '-1 or the index of a node'));
  expect(() => orderedPlan(swap(), [1, 0], { movesAtOnce: 0 })).toThrow('movesAtOnce is 0');
  expect(() => orderedPlan(swap(), [1, 0], { movesPerApplication: 1.5 })).toThrow('movesPerApplication is 1.5');
});
