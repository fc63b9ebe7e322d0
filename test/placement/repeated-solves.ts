/*
 * Solves a problem of middle size again and again in one process and prints what memory is held once all that can go is gone, after
 * a start and at the end, in bytes: for memory.test.ts, with node --expose-gc.
 */
import { loadSolver } from '../../placement/solver.ts';
import { survives } from '../../placement/survives.ts';
import { aNode, anApplication, anInstance, aProblem } from './problems.ts';

const NODES = 200;
const INSTANCES = 4000;
const problem = aProblem(
  Array.from({ length: NODES }, (_, n) => aNode(`N${n}`, 1600, { domain: `D${n % 10}` })),
  Array.from({ length: INSTANCES }, (_, a) => anApplication(`A${a}`, 10 + ((a * 7919) % 73))),
  Array.from({ length: INSTANCES }, (_, a) => anInstance(a, a % NODES)),
);
const solver = await loadSolver();

function solveTimes(count: number): void {
  for (let k = 0; k < count; k++) {
    const { node } = solver.solve(problem, { seed: k, steps: 500 });
    if (k % 10 === 0) survives(solver, problem, node, { seed: k, steps: 100 });
  }
}

/** What is held: collected twice, since what is freed by finalizers goes with the second. */
async function held(): Promise<{ readonly heap: number; readonly rss: number; readonly wasm: number }> {
  for (let k = 0; k < 2; k++) {
    globalThis.gc?.();
    await new Promise((done) => setImmediate(done));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss, wasm: solver.begin(problem, 1).memoryBytes };
}

solveTimes(40);
const before = await held();
solveTimes(200);
console.log(JSON.stringify({ before, after: await held() }));
