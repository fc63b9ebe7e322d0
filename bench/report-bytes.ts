import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Spool } from '../agent/spool.ts';
import { Telemetry } from '../agent/telemetry.ts';
import { Samples } from '../protocol/samples.ts';
import { fortySensors } from './forty-sensors.ts';

const BOOT = 1_764_050_000_000;

export interface ReportBytes {
  readonly names: number; // once
  readonly snapshot: number; // all values
  readonly byException: readonly number[]; // each cycle after it
  readonly values: number; // told in those, in sum
}

/** Sizes of what an agent sends about 40 sensors in so many cycles of 10 s, in bytes of MQTT payload. Its coordinator acknowledges all. */
export function reportBytes(cycles: number): ReportBytes {
  const dir = mkdtempSync(join(tmpdir(), 'evenkeel-bytes-'));
  let atMs = 0;
  let names = 0;
  let end = 0;
  const sizes: number[] = [];
  let values = 0;
  const limits = { maxBytes: 1_000_000, maxAgeMs: 1e9, maxMemoryBytes: 100_000 };
  const about = { dir, ownStream: BOOT, machineBoot: 'm1', bootWallMs: 0, onProblem: () => {} };
  const telemetry = new Telemetry({
    bootId: BOOT,
    machineBoot: 'm1',
    rules: {},
    spool: new Spool({ ...about, ...limits }, 0),
    isUp: () => true,
    send: (kind, payload) => {
      if (kind === 'names') names = Buffer.byteLength(payload);
      else {
        sizes.push(Buffer.byteLength(payload));
        const [record] = Samples.parse(JSON.parse(payload)).records;
        end = (record?.[0] ?? 0) + (record?.[4].length ?? 0);
        if (sizes.length > 1) values += record?.[4].length ?? 0;
      }
    },
    newestReport: () => 1234,
    monotonicMs: () => atMs,
    wallMs: () => atMs,
  });
  try {
    for (let cycle = 1; cycle <= cycles + 1; cycle++) {
      const next = fortySensors(cycle);
      ({ atMs } = next);
      telemetry.cycle(next);
      telemetry.received({ stream: BOOT, through: end, beyond: [] });
    }
  } finally {
    telemetry.end();
    rmSync(dir, { recursive: true, force: true });
  }
  const [snapshot = 0, ...byException] = sizes;
  return { names, snapshot, byException, values };
}
