import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly } from './child.mjs';
import { ROOT } from './runtime.mjs';

/** Something that must hold of the sources as they stand; `run` answers with what is wrong, or with nothing. */
export interface Check {
  readonly name: string;
  readonly run: () => Promise<string>;
}

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
/** The platform's package without its wrapper, which does not install from a lock file everywhere. */
export const BIOME = join(ROOT, 'node_modules/@biomejs/cli-linux-x64/biome');

async function complaints(file: string, args: readonly string[]): Promise<string> {
  const { code, output } = await runQuietly(file, args, { cwd: ROOT });
  return code === 0 ? '' : output.trim() || `${file} ended with exit code ${code}`;
}

export const CHECKS: readonly Check[] = [
  { name: 'types', run: () => complaints(process.execPath, [TSC, '-p', '.']) },
  {
    name: 'format, lint, import directions',
    run: async () => {
      if (!existsSync(BIOME)) return `${BIOME} is missing: Biome comes with "npm ci" on Linux x64; run the check there`;
      return await complaints(BIOME, ['check', '--error-on-warnings', '--max-diagnostics=50', '.']);
    },
  },
];
