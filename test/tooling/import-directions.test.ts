import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BIOME } from '../../scripts/checks.ts';
import { runQuietly } from '../../scripts/child.mjs';
import { ROOT } from '../../scripts/runtime.mjs';

// Plants violations in a tree of its own, laid out like ours and checked with our configuration.

let tree: string;
beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'evenkeel-lint-'));
  cpSync(join(ROOT, 'biome.json'), join(tree, 'biome.json'));
  cpSync(join(ROOT, 'scripts/lint'), join(tree, 'scripts/lint'), { recursive: true });
});
afterEach(() => rmSync(tree, { recursive: true, force: true }));

function plant(file: string, text: string): void {
  mkdirSync(dirname(join(tree, file)), { recursive: true });
  writeFileSync(join(tree, file), `${text}\n`);
}

/** What the linter says, and whether it lets the tree pass. */
async function lint(): Promise<{ passes: boolean; output: string }> {
  const { code, output } = await runQuietly(BIOME, ['lint', '--error-on-warnings', '--max-diagnostics=100', '.'], {
    cwd: tree,
  });
  return { passes: code === 0, output };
}

/** `from` imports `to`, by the given statement, in which FILE stands for the specifier. */
async function importing(from: string, to: string, statement = "import type { A } from 'FILE';\nexport type B = A;") {
  plant(to, 'export type A = 1;\nexport const a: A = 1;');
  const path = relative(dirname(from), to);
  plant(from, statement.replace('FILE', path.startsWith('.') ? path : `./${path}`));
  return await lint();
}

describe('the directions that are allowed', () => {
  test.each([
    ['hw/a.ts', 'protocol/b.ts'],
    ['agent/a.ts', 'protocol/b.ts'],
    ['agent/drivers/a.ts', 'hw/b.ts'],
    ['agent/step.ts', 'protocol/b.ts'],
    ['agent/step.ts', 'agent/reconcile.ts'],
    ['coordinator/core/a.ts', 'protocol/b.ts'],
    ['coordinator/core/a.ts', 'placement/b.ts'],
    ['coordinator/shell/a.ts', 'placement/solver.ts'],
    ['coordinator/shell/a.ts', 'coordinator/core/b.ts'],
    ['coordinator/shell/a.ts', 'hw/bmc.ts'],
    ['cli/a.ts', 'coordinator/shell/b.ts'],
    ['cli/demo/a.ts', 'agent/b.ts'],
    ['dashboard/a.ts', 'protocol/b.ts'],
    ['test/unit/a.ts', 'coordinator/core/b.ts'],
    ['scripts/a.ts', 'agent/b.ts'],
    ['bench/a.ts', 'placement/b.ts'],
  ])('%s may import %s', async (from, to) => {
    const { passes, output } = await importing(from, to);
    expect(output).not.toContain('noRestrictedImports');
    expect(passes).toBe(true);
  });
});

describe('the directions that are not', () => {
  test.each([
    ['protocol/a.ts', 'hw/b.ts', 'protocol imports nothing of ours'],
    ['protocol/a.ts', 'placement/b.ts', 'protocol imports nothing of ours'],
    ['hw/a.ts', 'agent/b.ts', 'hw imports only protocol'],
    ['hw/mock/a.ts', 'coordinator/core/b.ts', 'hw imports only protocol'],
    ['agent/a.ts', 'coordinator/core/b.ts', 'agent imports only hw and protocol'],
    ['agent/drivers/a.ts', 'placement/b.ts', 'agent imports only hw and protocol'],
    ['placement/a.ts', 'protocol/b.ts', 'placement is pure'],
    ['placement/solver.ts', 'protocol/b.ts', 'placement imports nothing of ours'],
    ['coordinator/core/a.ts', 'hw/b.ts', 'The core is pure'],
    ['coordinator/core/a.ts', 'coordinator/shell/b.ts', 'The core is pure'],
    ['coordinator/core/a.ts', 'placement/solver.ts', 'The core is pure'],
    ['coordinator/store/a.ts', 'hw/b.ts', 'coordinator imports only protocol and placement'],
    ['coordinator/shell/a.ts', 'agent/b.ts', 'coordinator imports only protocol and placement'],
    ['coordinator/shell/a.ts', 'cli/b.ts', 'coordinator imports only protocol and placement'],
    ['cli/a.ts', 'test/b.ts', 'What is shipped imports nothing from bench, scripts and test'],
    ['dashboard/a.ts', 'coordinator/core/b.ts', 'dashboard imports only types of protocol'],
    ['assembly/a.ts', 'placement/b.ts', 'assembly imports nothing outside itself'],
    ['agent/step.ts', 'hw/b.ts', 'What the agent decides with is pure'],
    ['agent/step.ts', 'agent/process-driver.ts', 'What the agent decides with is pure'],
  ])('%s may not import %s', async (from, to, says) => {
    const { passes, output } = await importing(from, to);
    expect(output).toContain(says);
    expect(passes).toBe(false);
  });

  test.each([
    ['a value', "import { a } from 'FILE';\nexport const b = a;"],
    ['everything', "export * from 'FILE';"],
    ['later', "export const b = () => import('FILE');"],
    ['for its effect', "import 'FILE';"],
  ])('by whichever statement: %s', async (_, statement) => {
    const { passes, output } = await importing('protocol/a.ts', 'agent/b.ts', statement);
    expect(output).toContain('protocol imports nothing of ours');
    expect(passes).toBe(false);
  });

  test('the page takes values of protocol', async () => {
    const { passes, output } = await importing(
      'dashboard/a.ts',
      'protocol/b.ts',
      "import { a } from 'FILE';\nexport const b = a;",
    );
    expect(output).toContain('write import type');
    expect(passes).toBe(false);
  });
});

describe('import cycles', () => {
  test.each([
    ['values', "import { b } from './b.ts';\nexport const a = () => b;"],
    ['types alone', "import type { b } from './b.ts';\nexport const a = (it: typeof b) => it;"],
  ])('of %s are found', async (_, statement) => {
    plant('agent/a.ts', statement);
    plant('agent/b.ts', "export { c as b } from './c.ts';");
    plant('agent/c.ts', "import { a } from './a.ts';\nexport const c = () => a;");
    const { passes, output } = await lint();
    expect(output).toContain('noImportCycles');
    expect(passes).toBe(false);
  });
});

describe('pure files', () => {
  const PURE = ['coordinator/core/a.ts', 'agent/step.ts', 'agent/backoff.ts', 'placement/cost.ts'];
  const IMPURE = [
    'Date.now()',
    'new Date()',
    'performance.now()',
    'Math.random()',
    'setTimeout(() => {}, 1)',
    'setInterval(() => {}, 1)',
    'process.env.HOME',
    "fetch('http://localhost')",
    'crypto.randomUUID()',
    "console.log('x')",
    'globalThis.Date.now()',
  ];
  test.each(PURE)('%s may use none of what is not', async (file) => {
    plant(file, IMPURE.map((use, index) => `export const a${index} = () => ${use};`).join('\n'));
    const { passes, output } = await lint();
    for (const [index, use] of IMPURE.entries()) expect(output, use).toContain(`${file}:${index + 1}:`);
    expect(passes).toBe(false);
  });

  test.each(PURE.flatMap((file) => ['node:fs', 'pino', 'fs'].map((module) => [file, module])))(
    '%s may not import %s',
    async (file, module) => {
      plant(file, `import * as it from '${module}';\n\nexport const a = it;`);
      const { passes, output } = await lint();
      expect(output).toContain('neither Node nor a package');
      expect(passes).toBe(false);
    },
  );

  test.each([
    ['placement/solver.ts', 'performance.now()'],
    ['coordinator/shell/a.ts', 'Date.now()'],
    ['agent/main.ts', 'Math.random()'],
    ['coordinator/core/a.ts', 'Math.max(1, 2)'],
  ])('%s may use %s', async (file, use) => {
    plant(file, `export const a = () => ${use};`);
    const { passes, output } = await lint();
    expect(output).not.toContain('error');
    expect(passes).toBe(true);
  });
});
