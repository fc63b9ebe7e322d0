/*
 * Builds the solver twice: dist/solver.wasm, fast, and dist/solver-checked.wasm, the same with every array access checked,
 * which tests hold against it.
 */
import { mkdir } from 'node:fs/promises';
import asc from 'assemblyscript/asc';
import { CHECKED, RELEASE } from './solver-options.ts';

const BUILDS = [
  ['--outFile', 'dist/solver.wasm', ...RELEASE],
  ['--outFile', 'dist/solver-checked.wasm', ...CHECKED],
];

await mkdir(new URL('../dist', import.meta.url), { recursive: true });
for (const options of BUILDS) {
  const { error, stderr } = await asc.main(options);
  const output = stderr.toString();
  if (output !== '') process.stderr.write(output);
  if (error !== null) {
    process.stderr.write(`The solver did not build: ${error.message}\n`);
    process.exit(1);
  }
}
