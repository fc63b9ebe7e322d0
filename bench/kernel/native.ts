import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const COMPILER = 'g++';

/**
 * What the C++ port is compiled for. Rows of 4 to 12 amounts are short for vectors of 8 or 16, which g++ takes where the
 * processor has them, so four at a time, as the wasm has them, may be the faster.
 */
const TARGETS = process.arch === 'x64' ? ['native', 'x86-64-v2'] : ['native'];

export interface NativeProgram {
  readonly name: string;
  readonly path: string;
}

/** Compiles the C++ port into a folder; nothing where there is no compiler. Throws when it does not compile. */
export function buildNative(folder: string, targets: readonly string[] = TARGETS): readonly NativeProgram[] {
  const { error, stdout } = spawnSync(COMPILER, ['-dumpfullversion'], { encoding: 'utf8' });
  if (error !== undefined) return [];
  return targets.map((target) => {
    const path = join(folder, `anneal-${target}`);
    const source = join(import.meta.dirname, 'cpp/anneal.cpp');
    const options = ['-std=c++20', '-O3', `-march=${target}`, '-o', path, source];
    const { status, stderr } = spawnSync(COMPILER, options, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${source} does not compile with ${options.join(' ')}:\n${stderr}`);
    return { name: `C++, g++ ${stdout.trim()} -O3 -march=${target}`, path };
  });
}
