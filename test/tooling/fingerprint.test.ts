import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fingerprint } from '../../scripts/fingerprint.ts';

let root: string;
const print = () => fingerprint(root, ['folder', 'file.json']);
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'evenkeel-fingerprint-'));
  mkdirSync(join(root, 'folder/deeper'), { recursive: true });
  writeFileSync(join(root, 'folder/deeper/a.ts'), 'a');
  writeFileSync(join(root, 'file.json'), '{}');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('the same contents at another time have the same fingerprint', async () => {
  const before = await print();
  utimesSync(join(root, 'file.json'), 1, 1);
  expect(await print()).toBe(before);
});

test.each<[string, () => void]>([
  ['other contents', () => writeFileSync(join(root, 'folder/deeper/a.ts'), 'b')],
  ['a new file', () => writeFileSync(join(root, 'folder/deeper/b.ts'), '')],
  ['a file less', () => rmSync(join(root, 'folder/deeper/a.ts'))],
  ['another name', () => renameSync(join(root, 'folder/deeper/a.ts'), join(root, 'folder/deeper/b.ts'))],
  ['another folder', () => renameSync(join(root, 'folder/deeper/a.ts'), join(root, 'folder/a.ts'))],
])('%s changes it', async (_, change) => {
  const before = await print();
  change();
  expect(await print()).not.toBe(before);
});
