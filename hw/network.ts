import type { Reading } from '../protocol/reading.ts';
import { type Counters, ratesPerSecond } from './rates.ts';

const MAX_INTERFACES = 64;
/** Loopback, and interfaces made for containers and tunnels: what goes through them is counted at a real one. */
const NOT_REAL = /^(lo|ifb|veth|docker|br-|virbr|dummy|tunl|sit|gre|ip6)/;

/** /proc/net/dev: 8 receive fields (bytes first, errors third), then 8 transmit fields. */
export function parseNetworkCounters(dev: string): Counters {
  const counters = new Map<string, number>();
  let interfaces = 0;
  for (const line of dev.split('\n')) {
    const [, name, rest] = /^ *([^ :]+): *(.*)$/.exec(line) ?? [];
    if (name === undefined || rest === undefined || NOT_REAL.test(name)) continue;
    const fields = rest.trim().split(/ +/).map(Number);
    if (fields.length < 16 || ++interfaces > MAX_INTERFACES) continue;
    counters.set(`${name}/received`, fields[0] ?? 0);
    counters.set(`${name}/sent`, fields[8] ?? 0);
    counters.set(`${name}/errors`, (fields[2] ?? 0) + (fields[10] ?? 0));
  }
  return counters;
}

export function networkReadings(before: Counters | null, now: Counters, elapsedMs: number): Reading[] {
  return [...ratesPerSecond(before, now, elapsedMs)].map(
    ([name, rate]): Reading => ({
      sensor: `net/${name}`,
      value: rate,
      unit: name.endsWith('/errors') ? 'ops/s' : 'bytes/s',
    }),
  );
}
