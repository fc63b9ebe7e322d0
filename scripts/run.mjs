import { runQuietly, runThrough } from './child.mjs';
import { install } from './install.mjs';
import { timed } from './progress.mjs';
import { findRuntime, NEEDED_MAJOR, ROOT } from './runtime.mjs';

// The way in for every script of package.json. It runs on the Node that is there (20 or newer), sees to it that the
// packages are installed, and goes on with Node 26, which is one of them.

const [task = '', ...args] = process.argv.slice(2);

/** @type {Record<string, () => Promise<number>>} */
const TASKS = {
  start: async () => {
    if (!(await install('[1/3] installing packages'))) console.log('[1/3] packages are installed');
    await timed('[2/3] building', async () => {
      const { code, output } = await runQuietly(findRuntime(), ['scripts/build.ts'], { cwd: ROOT });
      if (code !== 0) throw new Error(`the build failed:\n${output.trim()}`);
    });
    const job = args.length > 0 ? args : ['demo', 'all', '--keep'];
    console.log(`[3/3] evenkeel ${job.join(' ')}`);
    return await runThrough(findRuntime(), ['dist/evenkeel.js', ...job], { cwd: ROOT });
  },
  test: async () => {
    try {
      await install('installing packages');
    } catch (error) {
      console.error(`${error instanceof Error ? error.message : error}\n`);
      console.log('0 passed, 1 failed');
      return 1;
    }
    return await runThrough(findRuntime(), ['scripts/test.ts', ...args], { cwd: ROOT, env: withRuntimeFirst() });
  },
  script: async () => {
    await install('installing packages');
    return await runThrough(findRuntime(), args, { cwd: ROOT, env: withRuntimeFirst() });
  },
};

/** Tools that start "node" by name get the right one. */
function withRuntimeFirst() {
  const folder = findRuntime().replace(/\/[^/]*$/, '');
  return { ...process.env, PATH: `${folder}:${process.env.PATH ?? ''}` };
}

const run = TASKS[task];
if (!run) {
  console.error(`unknown task "${task}"; there are: ${Object.keys(TASKS).join(', ')} (Node ${NEEDED_MAJOR})`);
  process.exit(2);
}
try {
  process.exitCode = await run();
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
