/** What the AssemblyScript compiler is told, beside where to put the result. */
import { ROOT } from './runtime.mjs';

const COMMON = ['assembly/index.ts', '--runtime', 'stub', '--enable', 'simd', '--baseDir', ROOT];

/** Fast. */
export const RELEASE = [...COMMON, '-O3', '--noAssert', '--uncheckedBehavior', 'always'];

/** With every array access checked. */
export const CHECKED = [...COMMON, '-O2', '--uncheckedBehavior', 'never'];
