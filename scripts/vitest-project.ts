import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runThrough } from './child.mjs';
import { ROOT } from './runtime.mjs';

/** What of vitest's JSON report is read here. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { status: string }[];
  }[];
}

/** Runs one project of vitest.config.ts in front of the user, and counts. */
export async function runProject(
  project: string,
  filters: readonly string[],
): Promise<{ passed: number; failed: number; skipped: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-test-'));
  const file = join(folder, 'report.json');
  try {
    const code = await runThrough(
      process.execPath,
      [
        join(ROOT, 'node_modules/vitest/vitest.mjs'),
        'run',
        `--project=${project}`,
        ...(filters.length > 0 ? ['--passWithNoTests'] : []), // an empty project would be a mistake, an empty filter need not be
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${file}`,
        ...filters,
      ],
      { cwd: ROOT, env: process.stdout.isTTY ? process.env : { NO_COLOR: '1', ...process.env } },
    );
    return count(code, await readReport(file));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readReport(file: string): Promise<Report | null> {
  const text = await readFile(file, 'utf8').catch(() => null); // vitest that dies at start writes none
  return text === null ? null : JSON.parse(text);
}

/** A file that could not even be loaded holds no failed test, yet failed; so did a run that ended badly for no test's sake. */
export function count(code: number, report: Report | null): { passed: number; failed: number; skipped: number } {
  if (!report) return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  const unloaded = report.testResults.filter(
    (each) => each.status === 'failed' && !each.assertionResults.some(({ status }) => status === 'failed'),
  ).length;
  const failed = report.numFailedTests + unloaded;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
