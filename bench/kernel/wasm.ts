import { instantiate } from '../../placement/instantiate.ts';
import { beginRoadef } from '../../placement/roadef/search.ts';
import type { WasmExports } from '../../placement/wasm-exports.ts';
import { cpuMs } from './cpu.ts';
import type { Outcome, Stage } from './task.ts';
import type { Workload } from './workload.ts';

/** The solver, as the product drives it. */
export function annealInWasm(module: WebAssembly.Module, { model, initial, order, task }: Workload): Outcome {
  const shares = { ...task.shares, chains: 0, splits: 0, squeezes: 0, kin: 0 };
  const search = beginRoadef(instantiate<WasmExports>(module), model, initial, task.seed, {
    mean: shares,
    one: shares,
  });
  const anneal = ({ heat, steps }: Stage) => {
    search.heat({ unit: 'one', from: heat, to: heat, share: 1 }, 0, 1, steps);
    search.run(steps);
  };
  for (const stage of task.warmUp) anneal(stage);
  const began = cpuMs();
  for (const stage of task.timed) anneal(stage);
  const ms = cpuMs() - began;
  const numbered = (machineOf: Int32Array) => order.map((p) => machineOf[p]!);
  return {
    ...{ ms, presentCost: search.presentCost(), bestCost: search.progress().cost },
    ...{ present: numbered(search.present()), best: numbered(search.best()) },
  };
}
