import { BIOME } from './checks.ts';
import { runThrough } from './child.mjs';
import { ROOT } from './runtime.mjs';

// `npm run format`: formats everything, sorts imports and applies the linter's safe fixes.

process.exitCode = await runThrough(BIOME, ['check', '--write', '.'], { cwd: ROOT });
