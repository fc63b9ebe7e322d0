import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/* Loaded before the agent: how late its main thread's timers come, from LOOP_AFTER_MS on, written to LOOP_FILE at the end. */

const RESOLUTION_MS = 5;

if (isMainThread) {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  setTimeout(() => delays.enable(), Number(process.env.LOOP_AFTER_MS)).unref();
  const late = (/** @type {number} */ ns) => ns / 1e6 - RESOLUTION_MS;
  process.on('exit', () => {
    const [p99Ms, mostMs] = [late(delays.percentile(99)), late(delays.max)];
    writeFileSync(process.env.LOOP_FILE ?? '', JSON.stringify({ p99Ms, mostMs }));
  });
}
