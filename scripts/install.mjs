import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runQuietly } from './child.mjs';
import { timed } from './progress.mjs';
import { ROOT } from './runtime.mjs';

/**
 * Whether node_modules holds what the lock file says. npm writes node_modules/.package-lock.json last, so an interrupted
 * installation does not look finished; nor does one from before the lock changed.
 *
 * @param {string} [root]
 * @returns {Promise<boolean>}
 */
export async function isInstalled(root = ROOT) {
  const wanted = await readPackages(join(root, 'package-lock.json'));
  const present = await readPackages(join(root, 'node_modules/.package-lock.json')).catch(() => null);
  if (!present) return false;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true; // the project itself
    const found = present[path];
    return found ? found.version === version : optional === true; // optional: for another platform than this
  });
}

/**
 * @param {string} file
 * @returns {Promise<Record<string, { version?: string, optional?: boolean }>>}
 */
async function readPackages(file) {
  return JSON.parse(await readFile(file, 'utf8')).packages;
}

/**
 * Installs the packages where that is needed.
 *
 * @param {string} label what to call it while it runs
 * @returns {Promise<boolean>} whether it was
 */
export async function install(label) {
  if (await isInstalled()) return false;
  await timed(label, async () => {
    // Only errors: npm on Node 20 would warn of every package that wants a newer Node, and ours runs on the packaged one.
    const args = ['ci', '--loglevel=error', '--no-audit', '--no-fund'];
    const { code, output } = await runQuietly('npm', args, { cwd: ROOT });
    if (code !== 0) throw new Error(`"npm ${args.join(' ')}" failed with exit code ${code}:\n${output.trim()}`);
  });
  return true;
}
