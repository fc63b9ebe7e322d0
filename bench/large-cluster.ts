/*
 * One node of a large cluster fails: CPU time until a complete plan is at hand, encoding and all; then CPU time to say which further loss
 * it survives; and memory: of the wasm, and of a process that holds the problem, and then solves it once in 200,000 steps (at its most).
 * The cluster is generated, each application with two replicas in different failure domains of 20 nodes; needs no data.
 *
 *   node bench/large-cluster.ts [NODES INSTANCES [SCALE]]    default: 1,000 with 5,000, 5,000 with 50,000; demands times SCALE, 1
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { violationsOf } from '../placement/check.ts';
import { encode } from '../placement/encode.ts';
import { instantiate } from '../placement/instantiate.ts';
import { loadModule, loadSolver } from '../placement/solver.ts';
import { survives } from '../placement/survives.ts';
import type { WasmExports } from '../placement/wasm-exports.ts';
import { cpuMs } from './cpu-time.ts';
import { largeCluster } from './generated-cluster.ts';
import { median } from './median.ts';

const RUNS = 5;

const MB = 1e6;

/** In a process of its own: what it holds with the problem, and at its most with one answer. */
function memoryOf(nodes: number, instances: number): string {
  const self = fileURLToPath(import.meta.url);
  return execFileSync(process.execPath, [self, '--memory', `${nodes}`, `${instances}`], { encoding: 'utf8' }).trim();
}

if (process.argv[2] === '--memory') {
  const problem = largeCluster(Number(process.argv[3]), Number(process.argv[4]));
  const before = process.memoryUsage().rss;
  (await loadSolver()).solve(problem, { seed: 1, steps: 200_000 });
  console.log(`${(before / MB).toFixed(0)}, ${((process.resourceUsage().maxRSS * 1024) / MB).toFixed(0)}`);
  process.exit();
}

const [nodeCount, instanceCount, scale] = process.argv.slice(2).map(Number);
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
  '| nodes | instances | lost | wait | rules broken | begin, CPU ms | answer with reasons, CPU ms | survives, CPU ms | of them searched | wasm, MB | process with the problem, at its most, MB |',
);
console.log(`|${'--:|'.repeat(11)}`);
for (const [n, i] of sizes) {
  const problem = largeCluster(n, i, scale);
  const runs = Array.from({ length: RUNS }, () => {
    const begun = cpuMs(() => solver.begin(problem, 1));
    return { begin: begun.ms, answered: cpuMs(() => begun.result.best()) };
  });
  const { node, unplaced } = runs[0]!.answered.result;
  const wasm = instantiate<WasmExports>(module);
  encode(problem, wasm);
  wasm.start(1);
  const survival = cpuMs(() => survives(solver, problem, node, { seed: 1, steps: 20_000 }));
  const cells = [
    n,
    i,
    problem.instances.filter((one) => one.home === 0).length,
    unplaced.length,
    violationsOf(problem, node).length,
    median(runs.map((run) => run.begin)).toFixed(0),
    median(runs.map((run) => run.answered.ms)).toFixed(0),
    survival.ms.toFixed(0),
    `${survival.result?.searched} (${survival.result?.anyNode ? 'any node' : 'not any node'})`,
    (wasm.memory.buffer.byteLength / 1e6).toFixed(1),
    memoryOf(n, i),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
