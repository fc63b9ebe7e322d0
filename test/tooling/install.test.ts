import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isInstalled } from '../../scripts/install.mjs';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'evenkeel-install-'));
  writeLock('package-lock.json', { '': { version: '0.1.0' }, 'node_modules/a': { version: '1.0.0' } });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function writeLock(file: string, packages: Record<string, { version: string; optional?: boolean }>): void {
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  writeFileSync(join(root, file), JSON.stringify({ lockfileVersion: 3, packages }));
}

test('a fresh clone is not installed', async () => {
  expect(await isInstalled(root)).toBe(false);
});

test('what the lock names is installed', async () => {
  writeLock('node_modules/.package-lock.json', { 'node_modules/a': { version: '1.0.0' } });
  expect(await isInstalled(root)).toBe(true);
});

test('after the lock changed, it is not', async () => {
  writeLock('node_modules/.package-lock.json', { 'node_modules/a': { version: '1.0.0' } });
  writeLock('package-lock.json', { '': { version: '0.1.0' }, 'node_modules/a': { version: '1.0.1' } });
  expect(await isInstalled(root)).toBe(false);
  writeLock('package-lock.json', { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0' } });
  expect(await isInstalled(root)).toBe(false);
});

test('a package for another platform may be missing', async () => {
  writeLock('package-lock.json', {
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '2.0.0', optional: true },
  });
  writeLock('node_modules/.package-lock.json', { 'node_modules/a': { version: '1.0.0' } });
  expect(await isInstalled(root)).toBe(true);
});
