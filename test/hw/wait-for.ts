import { setTimeout as delay } from 'node:timers/promises';

/** Waits until `condition` holds; says what it waited for when it does not come. */
export async function waitFor(what: string, condition: () => boolean | Promise<boolean>, limitMs = 20_000) {
  const end = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await delay(20);
  }
}
