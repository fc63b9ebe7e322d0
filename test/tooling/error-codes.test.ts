import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../protocol/errors.ts';
import { ROOT } from '../../scripts/runtime.mjs';

/** Rows of the table of error codes in docs/operating.md. */
function explained(): { code: string; cause: string; cure: string }[] {
  const page = readFileSync(join(ROOT, 'docs/operating.md'), 'utf8');
  const section = page.split(/^## /m).find((part) => part.startsWith('Error codes')) ?? '';
  return [...section.matchAll(/^\| `([A-Z_]+)` \| (.*?) \| (.*?) \|$/gm)].map(([, code, cause, cure]) => ({
    code: code ?? '',
    cause: cause ?? '',
    cure: cure ?? '',
  }));
}

test('the page explains every code, each once, and no other', () => {
  expect(
    explained()
      .map(({ code }) => code)
      .sort(),
  ).toEqual([...ERROR_CODES].sort());
});

test('each code has a cause and a cure', () => {
  for (const { code, cause, cure } of explained()) {
    expect(cause.length, `cause of ${code}`).toBeGreaterThan(20);
    expect(cure.length, `cure of ${code}`).toBeGreaterThan(20);
  }
});
