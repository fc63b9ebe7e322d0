const FIRST_MS = 1000;

/** Says on standard error what is being waited for, once that takes more than a second. */
export async function waitingFor<T>(what: string, work: Promise<T>): Promise<T> {
  const started = performance.now();
  const live = process.stderr.isTTY === true;
  const show = () => {
    const seconds = Math.round((performance.now() - started) / 1000);
    process.stderr.write(live ? `\r${what} … ${seconds} s\x1b[K` : `${what} …\n`);
  };
  let shown = false;
  let timer: NodeJS.Timeout = setTimeout(() => {
    shown = true;
    show();
    if (live) timer = setInterval(show, 1000);
  }, FIRST_MS);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    clearInterval(timer);
    if (shown && live) process.stderr.write('\r\x1b[K');
  }
}
