/*
 * Builds the solver twice: dist/solver.wasm, fast, and dist/solver-checked.wasm, the same with every array access checked,
 * which tests hold against it.
 */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COMMON = ['assembly/index.ts', '--runtime', 'stub', '--enable', 'simd', '--baseDir', ROOT];
const BUILDS = [
  ['--outFile', 'dist/solver.wasm', '-O3', '--noAssert', '--uncheckedBehavior', 'always'],
  ['--outFile', 'dist/solver-checked.wasm', '-O2', '--uncheckedBehavior', 'never'],
];

await mkdir(new URL('../dist', import.meta.url), { recursive: true });
for (const options of BUILDS) {
  const { error, stderr } = await asc.main([...COMMON, ...options]);
  const output = stderr.toString();
  if (output !== '') process.stderr.write(output);
  if (error !== null) {
    process.stderr.write(`The solver did not build: ${error.message}\n`);
    process.exit(1);
  }
}
