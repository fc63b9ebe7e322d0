import { cpuMs } from '../cpu.ts';
import type { Outcome, Task } from '../task.ts';
import { createSearch } from './search.ts';

export function runTask({ problem, seed, shares, logarithm, warmUp, timed }: Task): Outcome {
  const search = createSearch(problem, seed, shares, logarithm);
  for (const stage of warmUp) search.anneal(stage);
  const began = cpuMs();
  for (const stage of timed) search.anneal(stage);
  const ms = cpuMs() - began;
  const { present, presentCost, best, bestCost } = search;
  return { ms, presentCost: presentCost(), bestCost: bestCost(), present, best };
}
