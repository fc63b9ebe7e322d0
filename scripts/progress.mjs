/** @param {number} ms */
export function seconds(ms) {
  const s = ms / 1000;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 60) return `${Math.round(s)} s`;
  return `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;
}

/**
 * Says what is going on while it goes on, and how long it took: "building the solver… 3.2 s". In a terminal the seconds
 * are counted as they pass.
 *
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function timed(what, work) {
  const start = performance.now();
  const passed = () => seconds(performance.now() - start);
  process.stdout.write(`${what}… `);
  const ticker = process.stdout.isTTY
    ? setInterval(() => process.stdout.write(`\r\x1b[K${what}… ${passed()}`), 1000)
    : undefined;
  try {
    const result = await work();
    process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${what}… ${passed()}\n` : `${passed()}\n`);
    return result;
  } catch (error) {
    process.stdout.write(`failed after ${passed()}\n`);
    throw error;
  } finally {
    clearInterval(ticker);
  }
}
