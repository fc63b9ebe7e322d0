/* What is run: a model, annealed from hot to cold over shifts and swaps alone, once to warm up and once to be timed. */

import { roadefCost } from '../../placement/roadef/cost.ts';
import type { RoadefModel } from '../../placement/roadef/model.ts';
import type { WasmExports } from '../../placement/wasm-exports.ts';
import type { GeneratedModel } from './models.ts';
import { kernelProblem } from './problem.ts';
import type { Stage, Task } from './task.ts';

export interface Workload {
  readonly model: RoadefModel;
  readonly initial: Int32Array;
  readonly order: Int32Array; // order[k] is the model's process k of the task
  readonly task: Task;
}

const SHARES = { shifts: 26, shiftsHome: 64, swapsHome: 64, alike: 64 };
/** Of the initial cost per process, as the product's schedules go. */
const HEATS = [4, 1, 1 / 4, 1 / 16, 1 / 64, 1 / 256];
const WARM_UP = 1 / 4; // of the timed steps
const CHANCES = 1024; // of assembly/heat.ts

/** `wasm` is a fresh instance, used for its encoding alone. */
export function workloadOf(
  wasm: WasmExports,
  { model, initial }: GeneratedModel,
  seed: number,
  steps: number,
): Workload {
  const { problem, order } = kernelProblem(wasm, model, initial);
  const mean = Math.max(1, roadefCost(model, initial, initial).total / Math.max(1, model.processes));
  // Heat stays as it is within a stage: whose exponential is the more exact would otherwise show.
  const stages = (of: number) =>
    HEATS.map((heat): Stage => ({ heat: heat * mean, factor: 1, steps: Math.round(of / HEATS.length) }));
  const task: Task = {
    ...{ problem, seed, shares: SHARES, logarithm: logarithms() },
    ...{ warmUp: stages(steps * WARM_UP), timed: stages(steps) },
  };
  return { model, initial, order, task };
}

/** Rounded to 32 bits they are the same whoever's logarithm it is. */
function logarithms(): Float32Array {
  return Float32Array.from({ length: CHANCES }, (_, k) => -Math.log((k + 0.5) / CHANCES));
}
