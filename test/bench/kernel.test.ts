import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { annealInChild } from '../../bench/kernel/child.ts';
import { runTask } from '../../bench/kernel/js/run-task.ts';
import { requireSame } from '../../bench/kernel/measure.ts';
import { type GeneratedModel, generateModel } from '../../bench/kernel/models.ts';
import { buildNative } from '../../bench/kernel/native.ts';
import { buildScalar } from '../../bench/kernel/scalar.ts';
import { decodeTask, encodeTask } from '../../bench/kernel/task.ts';
import { annealInWasm } from '../../bench/kernel/wasm.ts';
import { workloadOf } from '../../bench/kernel/workload.ts';
import { instantiate } from '../../placement/instantiate.ts';
import { roadefViolations } from '../../placement/roadef/check.ts';
import { roadefCost } from '../../placement/roadef/cost.ts';
import { loadModule } from '../../placement/solver.ts';
import type { WasmExports } from '../../placement/wasm-exports.ts';
import { aCase, smallCases } from '../placement/roadef/models.ts';

const SEED = 20261123;
const module = await loadModule();
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-kernel-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const native = buildNative(folder, ['native']);

const workload = (one: GeneratedModel, seed: number, steps: number) =>
  workloadOf(instantiate<WasmExports>(module), one, seed, steps);

/** Every kind of rule, tight and roomy, with resources that are transient and without, with and without a matrix of distances. */
const CASES: readonly (readonly [string, GeneratedModel])[] = [
  ['tight, with a matrix', aCase(SEED, { machines: 12, processes: 90, resources: 5 })],
  ['few to a machine', generateModel({ machines: 40, processes: 300, resources: 3, transient: 0 }, 1)],
  ['transient', generateModel({ machines: 50, processes: 1500, resources: 12, transient: 4 }, 2)],
  [
    'too many pairs for lists of machines',
    generateModel({ machines: 500, processes: 9000, resources: 4, transient: 1 }, 3),
  ],
];

test('plain JavaScript comes to what the wasm comes to, on small models of every kind', () => {
  fc.assert(
    fc.property(smallCases, fc.nat(), (one, seed) => {
      const given = workload(one, seed, 600);
      requireSame('wasm', annealInWasm(module, given), 'JavaScript', runTask(given.task));
    }),
    { numRuns: 500, seed: SEED },
  );
});

test.each(CASES)('plain JavaScript comes to what the wasm comes to: %s', (_name, one) => {
  const given = workload(one, 7, 120_000);
  const outcome = annealInWasm(module, given);
  requireSame('wasm', outcome, 'JavaScript', runTask(given.task));
  expect(outcome.bestCost).toBeLessThan(roadefCost(one.model, one.initial, one.initial).total);
  expect(() => requireSame('one', outcome, 'other', runTask({ ...given.task, seed: 8 }))).toThrow('presentCost is');
});

test.skipIf(native.length === 0).each(CASES)('C++ comes to what the wasm comes to: %s', (_name, one) => {
  const given = workload(one, 7, 120_000);
  const outcome = annealInChild([native[0]!.path], given.task, join(folder, 'task'));
  requireSame('wasm', annealInWasm(module, given), 'C++', outcome);
});

test('the solver without SIMD comes to the same', async () => {
  const scalar = await buildScalar();
  for (const [, one] of CASES) {
    const given = workload(one, 7, 120_000);
    requireSame('wasm', annealInWasm(module, given), 'without SIMD', annealInWasm(scalar, given));
  }
});

test('a task is read as it was written', () => {
  const { task } = workload(CASES[0]![1], 7, 1000);
  expect(decodeTask(encodeTask(task))).toEqual(task);
});

test('a generated model keeps its rules, and is the same each time', () => {
  const size = { machines: 100, processes: 1000, resources: 4, transient: 2 };
  const { model, initial } = generateModel(size, 1);
  expect(roadefViolations(model, initial, initial)).toEqual([]);
  expect(generateModel(size, 1)).toEqual({ model, initial });
  expect(model.resources.map((one) => one.transient)).toEqual([false, false, true, true]);
  expect(model.services.filter((one) => one.spreadMin > 1).length).toBeGreaterThan(10);
  expect(model.services.filter((one) => one.dependsOn.length > 0).length).toBeGreaterThan(10);
});
