import { destination, type Logger, pino } from 'pino';

/** JSON lines on standard output. A full disk or a closed pipe behind it never disturbs the agent. */
export function openLog(level: string, node: string): Logger {
  const out = destination({ fd: 1, sync: true });
  out.on('error', () => {});
  return pino({ level, base: { node } }, out);
}

/** Lets one line of a kind through per `everyMs`, and says with it how many were left out. */
export function rarely(
  everyMs: number,
  now: () => number,
  write: (kind: string, count: number, detail: string) => void,
) {
  const kinds = new Map<string, { atMs: number; count: number }>();
  return (kind: string, detail: string): void => {
    const known = kinds.get(kind) ?? { atMs: Number.NEGATIVE_INFINITY, count: 0 };
    known.count++;
    kinds.set(kind, known);
    if (now() - known.atMs < everyMs) return;
    known.atMs = now();
    write(kind, known.count, detail);
  };
}
