/*
 * One node of a large cluster fails: CPU time until a complete plan is at hand, encoding and all, and memory of the wasm.
 * The cluster is generated, each application with two replicas in different failure domains of 20 nodes; needs no data.
 *
 *   node bench/large-cluster.ts [NODES INSTANCES]    default: 1,000 with 5,000, 5,000 with 50,000
 */
import { violationsOf } from '../placement/check.ts';
import { encode } from '../placement/encode.ts';
import { instantiate } from '../placement/instantiate.ts';
import { loadModule, loadSolver } from '../placement/solver.ts';
import type { WasmExports } from '../placement/wasm-exports.ts';
import { cpuMs, median } from './cpu-time.ts';
import { largeCluster } from './generated-cluster.ts';

const RUNS = 5;
const [nodeCount, instanceCount] = process.argv.slice(2).map(Number);
const sizes: readonly (readonly [number, number])[] =
  nodeCount === undefined
    ? [
        [1000, 5000],
        [5000, 50_000],
      ]
    : [[nodeCount, instanceCount ?? nodeCount * 10]];
const solver = await loadSolver();
const module = await loadModule();
console.log(
  '| nodes | instances | lost | wait | rules broken | begin, CPU ms | answer with reasons, CPU ms | wasm, MB |',
);
console.log('|--:|--:|--:|--:|--:|--:|--:|--:|');
for (const [n, i] of sizes) {
  const problem = largeCluster(n, i);
  const runs = Array.from({ length: RUNS }, () => {
    const begun = cpuMs(() => solver.begin(problem, 1));
    return { begin: begun.ms, answered: cpuMs(() => begun.result.best()) };
  });
  const { node, unplaced } = runs[0]!.answered.result;
  const wasm = instantiate<WasmExports>(module);
  encode(problem, wasm);
  wasm.start(1);
  const cells = [
    n,
    i,
    problem.instances.filter((one) => one.home === 0).length,
    unplaced.length,
    violationsOf(problem, node).length,
    median(runs.map((run) => run.begin)).toFixed(0),
    median(runs.map((run) => run.answered.ms)).toFixed(0),
    (wasm.memory.buffer.byteLength / 1e6).toFixed(1),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
