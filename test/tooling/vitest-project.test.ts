import { expect, test } from 'vitest';
import { count } from '../../scripts/vitest-project.ts';

const report = (passed: number, failed: number, files: readonly [string, ...string[]][] = []) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: 1,
  numTodoTests: 2,
  testResults: files.map(([status, ...tests]) => ({
    status,
    assertionResults: tests.map((each) => ({ status: each })),
  })),
});

test('tests are counted', () => {
  expect(count(0, report(5, 0, [['passed', 'passed']]))).toEqual({ passed: 5, failed: 0, skipped: 3 });
  expect(count(1, report(5, 2, [['failed', 'failed', 'failed']]))).toEqual({ passed: 5, failed: 2, skipped: 3 });
});

test('a file that cannot be loaded is a failure', () => {
  expect(count(1, report(5, 1, [['failed'], ['failed', 'passed', 'failed']])).failed).toBe(2);
});

test('a bad end without a failed test is a failure', () => {
  expect(count(1, report(5, 0)).failed).toBe(1);
  expect(count(1, null).failed).toBe(1);
});
