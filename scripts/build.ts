import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PARTS } from './build-parts.ts';
import { fingerprint } from './fingerprint.ts';
import { timed } from './progress.mjs';
import { ROOT } from './runtime.mjs';

// Builds dist/: the solver, the programs, the demo's applications, the page. A part whose sources are as they were at the
// last build is left alone; `--force` builds all of them.

const STAMPS = join(ROOT, 'dist/.built.json');

const { values } = parseArgs({ options: { force: { type: 'boolean', default: false } } });
const stamps = values.force ? {} : await readStamps();
await mkdir(join(ROOT, 'dist'), { recursive: true });
let built = 0;
for (const part of PARTS) {
  const stamp = await fingerprint(ROOT, part.sources);
  if (stamps[part.name] === stamp && (await part.isPresent())) continue;
  try {
    await timed(`building ${part.name}`, part.build);
  } catch (error) {
    console.error(`building ${part.name} failed: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  }
  stamps[part.name] = stamp;
  await writeFile(STAMPS, `${JSON.stringify(stamps, null, 2)}\n`);
  built++;
}
if (built === 0) console.log('dist/ is up to date');

/** What each part was last built from; empty when nothing was, or when the file is damaged: then all is built anew. */
async function readStamps(): Promise<Record<string, string>> {
  try {
    return JSON.parse(await readFile(STAMPS, 'utf8'));
  } catch {
    return {};
  }
}
