import { CHECKS } from './checks.ts';
import { runThrough } from './child.mjs';
import { seconds } from './progress.mjs';
import { ROOT } from './runtime.mjs';
import { runProject } from './vitest-project.ts';

// `npm test`: prepares the machine, builds, checks the sources, and runs every test. Arguments go to vitest and narrow down
// its part: `npm test -- placement`, `npm test -- -t 'name of a test'`. Ends with one line: N passed, N failed.

interface Stage {
  readonly name: string;
  readonly durationMs: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const stages: Stage[] = [];
const filters = process.argv.slice(2);

async function stage(name: string, work: () => Promise<{ passed: number; failed: number; skipped: number }>) {
  console.log(`\n── ${name}`);
  const start = performance.now();
  const result = await work();
  stages.push({ name, durationMs: performance.now() - start, ...result });
  return result.failed === 0;
}

/** A preparation counts only when it fails: then there is nothing to go on with. */
function preparation(name: string, run: () => Promise<number>): Promise<boolean> {
  return stage(name, async () => ({ passed: 0, failed: (await run()) === 0 ? 0 : 1, skipped: 0 }));
}

async function checkSources(): Promise<void> {
  for (const { name, run } of CHECKS) {
    await stage(name, async () => {
      const wrong = await run();
      console.log(wrong === '' ? 'ok' : wrong);
      return { passed: wrong === '' ? 1 : 0, failed: wrong === '' ? 0 : 1, skipped: 0 };
    });
  }
}

async function runTests(): Promise<void> {
  for (const project of ['unit', 'integration', 'scenarios'] as const) {
    await stage(project, () => runProject(project, filters));
  }
  const ran = stages.reduce((sum, { passed, failed }) => sum + passed + failed, 0);
  if (filters.length > 0 && ran === CHECKS.length) {
    await stage('filter', async () => {
      console.log(`no test matches ${filters.join(' ')}`);
      return { passed: 0, failed: 1, skipped: 0 };
    });
  }
}

function summarise(): void {
  const sum = (of: (stage: Stage) => number) => stages.reduce((total, each) => total + of(each), 0);
  const rows = stages.map((each) => [
    each.name,
    seconds(each.durationMs),
    each.failed > 0 ? `${each.failed} FAILED` : 'ok',
    `${each.passed} passed${each.skipped > 0 ? `, ${each.skipped} skipped` : ''}`,
  ]);
  rows.push(['all', seconds(sum((each) => each.durationMs)), '', '']);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  console.log('\n── summary');
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  console.log(`\n${sum((each) => each.passed)} passed, ${sum((each) => each.failed)} failed`);
  if (sum((each) => each.failed) > 0) process.exitCode = 1;
}

const prepared =
  (await preparation('Debian packages', () => runThrough('bash', ['scripts/install-debian.sh'], { cwd: ROOT }))) &&
  (await preparation('build', () => runThrough(process.execPath, ['scripts/build.ts'], { cwd: ROOT })));
if (prepared) {
  await checkSources();
  await runTests();
}
summarise();
