/*
 * The solver's hot path, shifts and swaps of the challenge's search, against the same algorithm in plain JavaScript and in
 * C++: million steps a second of one thread, and their ratios. All must come to the same placement. `--help` has the options.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { instantiate } from '../placement/instantiate.ts';
import { loadModule } from '../placement/solver.ts';
import type { WasmExports } from '../placement/wasm-exports.ts';
import { failAs, optionsGiven } from '../scripts/command-line.ts';
import { annealInChild } from './kernel/child.ts';
import { race, summary } from './kernel/measure.ts';
import { generateModel } from './kernel/models.ts';
import { buildNative } from './kernel/native.ts';
import { buildScalar } from './kernel/scalar.ts';
import { annealInWasm } from './kernel/wasm.ts';
import { workloadOf } from './kernel/workload.ts';

const HELP = `node bench/kernel.ts [option...]: the solver's hot path against JavaScript and C++, as a table

  --runs N        of each contender, in turn; the median counts; default: 5
  --scale X       times as many steps; default: 1, about a minute in all
  --only NAME,... of small, medium, large; default: all
  --seed N        of the models and the searches; default: 1`;

/** With steps for about four tenths of a second of the wasm. */
const MODELS = {
  small: { machines: 100, processes: 1000, resources: 4, transient: 0, steps: 4_800_000 },
  medium: { machines: 100, processes: 5000, resources: 12, transient: 4, steps: 1_800_000 },
  large: { machines: 1000, processes: 50_000, resources: 4, transient: 0, steps: 2_400_000 },
} as const;
type Size = keyof typeof MODELS;

const fail: (message: string) => never = failAs('kernel');

function number(option: string, text: string, isAllowed: (value: number) => boolean, allowed: string): number {
  const value = Number(text);
  if (text.trim() === '' || !isAllowed(value)) fail(`--${option}: ${text} is not allowed; it must be ${allowed}`);
  return value;
}

const isWhole = (from: number, to: number) => (value: number) =>
  Number.isInteger(value) && value >= from && value <= to;
const values = optionsGiven(fail, HELP, {
  runs: { type: 'string', default: '5' },
  scale: { type: 'string', default: '1' },
  only: { type: 'string', default: Object.keys(MODELS).join(',') },
  seed: { type: 'string', default: '1' },
});
const runs = number('runs', values.runs, isWhole(1, 1000), 'a whole number from 1 to 1000');
const scale = number('scale', values.scale, (value) => value >= 0.001 && value <= 100, 'from 0.001 to 100');
const seed = number('seed', values.seed, isWhole(0, 2 ** 32 - 1), 'a whole number from 0 to 4294967295');
const sizes = values.only.split(',').map((name): Size => {
  if (!(name in MODELS)) fail(`--only: ${name} is not allowed; it must be of ${Object.keys(MODELS).join(', ')}`);
  return name as Size;
});

const module = await loadModule();
const scalar = await buildScalar();
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-kernel-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const native = buildNative(folder);
const names = ['wasm', 'wasm without SIMD', 'JavaScript', ...native.map((one) => one.name)];

function measure(size: Size) {
  const { steps, ...shape } = MODELS[size];
  const workload = workloadOf(instantiate<WasmExports>(module), generateModel(shape, seed), seed, steps * scale);
  const inChild = (...command: string[]) => annealInChild(command, workload.task, join(folder, 'task'));
  const run = [
    () => annealInWasm(module, workload),
    () => annealInWasm(scalar, workload),
    () => inChild(process.execPath, join(import.meta.dirname, 'kernel/js/main.ts')),
    ...native.map((one) => () => inChild(one.path)),
  ];
  const taken = workload.task.timed.reduce((sum, stage) => sum + stage.steps, 0);
  const speeds = race(
    names.map((name, k) => ({ name, run: run[k]! })),
    taken,
    runs,
  );
  const ratios = speeds.map((each) => each.map((speed, round) => speeds[0]![round]! / speed));
  return { size, taken, speeds: speeds.map(summary), ratios: ratios.map(summary) };
}

console.log(`${cpus()[0]?.model.trim()}, Node ${process.version}, seed ${seed}, ${runs} runs of each in turn.`);
if (native.length === 0) console.log('There is no g++ here: without the C++ port.');
const found = sizes.map(measure);
const row = (cells: readonly string[]) => console.log(`| ${cells.join(' | ')} |`);
const head = (title: string) => {
  row([title, ...found.map(({ size, taken }) => `${size}, ${(taken / 1e6).toFixed(1)} M steps`)]);
  console.log(`|---|${'--:|'.repeat(found.length)}`);
};
console.log('\nMedian (least to most), of processor time. All came to the same placements.\n');
head('million steps a second');
for (const [k, name] of names.entries()) row([name, ...found.map((one) => one.speeds[k]!)]);
console.log('');
head('the wasm is so many times as fast as');
for (const [k, name] of names.entries()) if (k > 0) row([name, ...found.map((one) => one.ratios[k]!)]);
