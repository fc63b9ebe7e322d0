import { expect, test } from 'vitest';
import { buildWhatIf, preview, wantsMoreFreedom } from '../../coordinator/core/what-if.ts';
import { loadSolver } from '../../placement/solver.ts';
import { PlanRequest } from '../../protocol/api.ts';
import type { NodeName } from '../../protocol/ids.ts';
import { BATCH, DB, nineNodes, WEB, World } from './world.ts';

/* What `evenkeel plan` says, held against what then happens. */

const solver = await loadSolver();

function ask(world: World, request: object) {
  const built = buildWhatIf(world.state, PlanRequest.parse(request));
  if (!built.ok) throw new Error(built.message);
  return preview(built.whatIf, solver.solve(built.whatIf.problem, { seed: 1, steps: 50_000 }), 1);
}

test('a failing node: its standby is promoted, what ran there is started elsewhere, and so it happens', () => {
  const world = nineNodes();
  world.apply(DB);
  world.apply(WEB);
  world.run(3000);
  const victim = world.nodeOf('db/0') ?? '';
  const told = ask(world, { fail: [victim] });
  expect(told.promotions).toEqual([{ instance: 'db/1', node: world.nodeOf('db/1') }]);
  expect(told.moves.map(({ from }) => from)).toEqual(told.moves.map(() => victim));
  expect(told.unplaced).toEqual([]);
  expect(told.plan.steps.map(({ kind, instance, to }) => `${kind} ${instance} ${to}`).sort()).toEqual(
    told.moves.map(({ instance, to }) => `start ${instance} ${to}`).sort(),
  );
  expect(told.plan.waves).toHaveLength(1);
  const before = world.starts.length;
  world.losePower(victim);
  world.run(5000);
  expect(world.starts.length - before).toBe(told.moves.length);
});

test('an added node that is worth no move: nothing is moved, and so it happens', () => {
  const world = nineNodes();
  world.apply({ ...WEB, demand: { cpu: 10, memory: 1e6 } });
  world.run(3000);
  const told = ask(world, { add: 1 });
  expect(told).toMatchObject({ moves: [], maxLoadAfter: told.maxLoadBefore });
  expect(told.text).toMatch(/^If 1 node was added: nothing would be moved, because /);
  const before = world.starts.length;
  world.addNode('N10', 'A');
  world.run(70_000);
  expect(world.starts.length).toBe(before);
});

test('an added node that levels the load gets moves', () => {
  const world = new World();
  for (const name of ['N1', 'N2']) world.addNode(name, name);
  world.run(1000);
  world.apply({ ...BATCH, replicas: 2, demand: { cpu: 1500, memory: 1e6 } });
  world.apply({ ...WEB, replicas: 2, demand: { cpu: 1500, memory: 1e6 } });
  world.run(3000);
  const told = ask(world, { add: 2 });
  expect(told.moves.length).toBeGreaterThan(0);
  expect(told.maxLoadAfter).toBeLessThan(told.maxLoadBefore);
});

test('a drained node: no more moves at once than there are in earnest, and who is always stopped first is', () => {
  const world = nineNodes({ maxConcurrentMoves: 2 });
  const others = Array.from({ length: 8 }, (_, n) => `N${n + 2}` as NodeName);
  for (const node of others) world.command({ kind: 'node', action: 'cordon', node });
  for (const name of ['a', 'b', 'c', 'd']) world.apply({ name, demand: { cpu: 10 } });
  world.apply({ name: 'e', demand: { cpu: 10 }, move: 'stop-first' });
  world.run(3000);
  for (const node of others) world.command({ kind: 'node', action: 'uncordon', node });
  const { plan, moves } = ask(world, { drain: ['N1'] });
  expect(moves).toHaveLength(5);
  expect(plan.left).toEqual([]);
  const kinds = plan.waves.map((wave) => wave.map((k) => plan.steps[k]!.kind));
  for (const wave of kinds) expect(wave.filter((kind) => kind === 'move').length).toBeLessThanOrEqual(2);
  expect(plan.steps.filter(({ interrupts }) => interrupts)).toMatchObject([
    { kind: 'stop', instance: 'e/0', from: 'N1', to: null, why: 'it is always stopped before it starts elsewhere' },
  ]);
});

test('a node that cannot be emptied: it is told, and the instance runs on', () => {
  const world = new World();
  for (const name of ['N1', 'N2', 'N3']) world.addNode(name, name);
  world.run(1000);
  world.apply(WEB);
  world.run(3000);
  world.command({ kind: 'node', action: 'drain', node: 'N1' as never });
  world.run(10_000);
  expect(world.said(/web\/\d stays on N1, which is to be emptied: no other node can take it/)).toBe(true);
  expect(world.view()).toMatchObject({
    tone: 'warning',
    sentence: 'All 3 instances run; N1 cannot be emptied: what runs there fits nowhere else.',
  });
  expect(world.running()).toHaveLength(3);
  world.addNode('N4', 'N4');
  world.run(10_000);
  expect(world.running().map(({ node }) => node)).not.toContain('N1');
});

test('unknown nodes, and an added one without a model, are refused', () => {
  expect(buildWhatIf(nineNodes().state, PlanRequest.parse({ fail: ['N99'] }))).toMatchObject({
    ok: false,
    code: 'NODE_UNKNOWN',
  });
  expect(buildWhatIf(new World().state, PlanRequest.parse({ add: 1 }))).toMatchObject({ ok: false, code: 'CONFLICT' });
});

test('what cannot leave a drained node is named with its reason, and so it happens', () => {
  const world = new World();
  for (const name of ['N1', 'N2']) world.addNode(name, name);
  world.run(1000);
  world.apply({ ...BATCH, replicas: 2, demand: { cpu: 3000, memory: 1e6 } });
  world.run(3000);
  const built = buildWhatIf(world.state, PlanRequest.parse({ drain: ['N1'] }));
  if (!built.ok) throw new Error(built.message);
  const solution = solver.solve(built.whatIf.problem, { seed: 1, steps: 50_000 });
  expect(wantsMoreFreedom(built.whatIf, solution)).toBe(true);
  const told = ask(world, { drain: ['N1'] });
  const victim = world.running().find(({ node }) => node === 'N1')?.instance;
  expect(told.stays).toEqual([
    {
      instance: victim,
      node: 'N1',
      reasons: expect.arrayContaining([expect.stringMatching(/^N2 would take it with 2.2 more cpu/)]),
    },
  ]);
  expect(told.text).toContain('1 could not leave');
  expect(told.text).not.toContain('everything would fit');
  world.command({ kind: 'node', node: 'N1' as NodeName, action: 'drain' });
  world.run(20_000);
  expect(world.nodeOf(victim ?? '')).toBe('N1');
});

test('a budget that lets nothing be stopped is told when a drain is previewed', () => {
  const world = nineNodes();
  const reply = world.apply({ ...BATCH, move: 'stop-first', budget: { minAvailable: BATCH.replicas, maxMoving: 1 } });
  expect(reply).toMatchObject({
    ok: true,
    notes: [expect.anything(), expect.stringMatching(/minAvailable.*set it to/)],
  });
  world.run(3000);
  const node = world.nodeOf('batch/0') as NodeName;
  expect(ask(world, { drain: [node] }).stays).toEqual([
    { instance: 'batch/0', node, reasons: [expect.stringMatching(/^budget.minAvailable .* make-before-break$/)] },
  ]);
});
