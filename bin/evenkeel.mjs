#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runThrough } from '../scripts/child.mjs';
import { findRuntime } from '../scripts/runtime.mjs';

// `npx evenkeel`: runs the built command on a Node that is new enough, whichever Node npx itself runs on.

const program = fileURLToPath(new URL('../dist/evenkeel.js', import.meta.url));
try {
  if (!existsSync(program)) throw new Error(`${program} is missing: run "npm run build" first`);
  const node = findRuntime();
  if (node === process.execPath) {
    process.argv[1] = program;
    await import(program);
  } else {
    process.exitCode = await runThrough(node, [program, ...process.argv.slice(2)]);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
