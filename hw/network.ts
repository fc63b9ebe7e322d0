import { join } from 'node:path';
import type { Reading } from '../protocol/reading.ts';
import { type Counters, parseCounter, ratesPerSecond } from './rates.ts';
import type { Machine, Sensor } from './sensor.ts';
import { readNumber, readText } from './text-file.ts';

const MAX_INTERFACES = 64;
/** Loopback, and interfaces made for containers and tunnels: what goes through them is counted at a real one. */
const NOT_REAL = /^(lo|ifb|veth|docker|br-|virbr|dummy|tunl|sit|gre|ip6)/;
const BYTES_PER_S_OF_MBIT = 125_000;

/** /proc/net/dev: 8 receive fields (bytes, packets, errors, drops …), then 8 transmit fields. */
export function parseNetworkCounters(dev: string): Counters {
  const counters = new Map<string, number>();
  let interfaces = 0;
  for (const line of dev.split('\n')) {
    const [, name, rest] = /^ *([^ :]+): *(.*)$/.exec(line) ?? [];
    if (name === undefined || rest === undefined || NOT_REAL.test(name)) continue;
    const fields = rest.trim().split(/ +/).map(parseCounter);
    if (fields.length < 16 || ++interfaces > MAX_INTERFACES) continue;
    counters.set(`${name}/received`, fields[0]!);
    counters.set(`${name}/sent`, fields[8]!);
    counters.set(`${name}/errors`, fields[2]! + fields[10]!);
    counters.set(`${name}/drops`, fields[3]! + fields[11]!);
  }
  return counters;
}

export function networkReadings(before: Counters | null, now: Counters, elapsedMs: number): Reading[] {
  return [...ratesPerSecond(before, now, elapsedMs)].map(
    ([name, rate]): Reading => ({
      sensor: `net/${name}`,
      value: rate,
      unit: /\/(errors|drops)$/.test(name) ? 'ops/s' : 'bytes/s',
      ...(name.endsWith('/errors') ? { kind: 'link', component: `net/${name.slice(0, -'/errors'.length)}` } : {}),
    }),
  );
}

const interfacesOf = (counters: Counters) => [...counters.keys()].flatMap((key) => /^(.*)\/sent$/.exec(key)?.[1] ?? []);

/** Traffic, errors and drops; whether there is a link and how fast it is; and the links that a bond has lost. */
export function networkSensor({ sysroot }: Machine): Sensor {
  const folder = join(sysroot, 'sys/class/net');
  const counters = () => parseNetworkCounters(readText(join(sysroot, 'proc/net/dev')) ?? '');
  /** Some drivers ask their firmware for the speed: it is read again only when the link has changed. */
  const speeds = new Map<string, { readonly changes: number | null; readonly bytesPerS: number | null }>();
  let before: { readonly atMs: number; readonly counters: Counters } | null = null;

  function link(name: string): Reading[] {
    const carrier = readNumber(join(folder, name, 'carrier')); // cannot be read while the interface is switched off
    const changes = readNumber(join(folder, name, 'carrier_changes'));
    let speed = speeds.get(name);
    if (speed === undefined || speed.changes !== changes || changes === null) {
      const mbit = carrier === 1 ? readNumber(join(folder, name, 'speed')) : null; // -1: not known
      speed = { changes, bytesPerS: mbit !== null && mbit > 0 ? mbit * BYTES_PER_S_OF_MBIT : null };
      speeds.set(name, speed);
    }
    return [
      { sensor: `net/${name}/link`, value: carrier === 0 || carrier === 1 ? carrier : null, unit: 'state' },
      { sensor: `net/${name}/speed`, value: carrier === 1 ? speed.bytesPerS : null, unit: 'bytes/s' },
    ];
  }
  /** A bond with a member that has no link has lost its redundancy, and still works. */
  function bond(name: string): Reading[] {
    const members = readText(join(folder, name, 'bonding/slaves'))
      ?.trim()
      .split(/\s+/)
      .filter(Boolean);
    if (members === undefined) return [];
    const lost = members.filter(
      (member) => /^[^/]+$/.test(member) && readNumber(join(folder, member, 'carrier')) !== 1,
    );
    const level = lost.length > 0 ? 'warning' : 'ok';
    return [{ sensor: `net/${name}/links-lost`, value: lost.length, unit: 'count', level, component: `net/${name}` }];
  }
  const isBond = (name: string) => /^bond/.test(name);

  return {
    kind: 'network',
    probe: () => {
      const devices = interfacesOf(counters());
      return { devices, missing: devices.length === 0 ? 'no network interface but the loopback' : null };
    },
    read: (nowMs) => {
      const now = counters();
      const readings = networkReadings(before?.counters ?? null, now, before ? nowMs - before.atMs : 0);
      before = { atMs: nowMs, counters: now };
      for (const name of interfacesOf(now)) readings.push(...link(name), ...(isBond(name) ? bond(name) : []));
      return readings;
    },
  };
}
