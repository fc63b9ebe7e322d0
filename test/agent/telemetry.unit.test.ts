import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Spool } from '../../agent/spool.ts';
import { Telemetry, type TelemetryOptions } from '../../agent/telemetry.ts';
import { NameTable, Samples } from '../../protocol/samples.ts';
import { until } from './stage.ts';

let dir: string;
let sent: Samples[];
let names: NameTable[];
let up: boolean;
let atMs: number;
let wallMs: number;
const running: Telemetry[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'evenkeel-telemetry-'));
  [sent, names, up, atMs, wallMs] = [[], [], false, 0, 1e12];
});
afterEach(() => {
  for (const each of running.splice(0)) each.end();
  rmSync(dir, { recursive: true, force: true });
});

function agent(bootId: number, machineBoot: string, change: Partial<TelemetryOptions> = {}): Telemetry {
  const limits = { maxBytes: 1e6, maxAgeMs: 1e9, maxMemoryBytes: 1e5 };
  const onProblem = (code: string, detail: string) => {
    throw new Error(`${code}: ${detail}`);
  };
  const spool = new Spool(
    { dir, ownStream: bootId, machineBoot, bootWallMs: wallMs - atMs, onProblem, ...limits },
    atMs,
  );
  const telemetry = new Telemetry({
    bootId,
    machineBoot,
    rules: {},
    spool,
    isUp: () => up,
    send: (kind, payload) => {
      if (kind === 'names') names.push(NameTable.parse(JSON.parse(payload)));
      else sent.push(Samples.parse(JSON.parse(payload)));
    },
    newestReport: () => null,
    monotonicMs: () => atMs,
    wallMs: () => wallMs,
    ...change,
  });
  running.push(telemetry);
  return telemetry;
}
const look = (telemetry: Telemetry, value: number) => {
  atMs += 10_000;
  wallMs += 10_000;
  telemetry.cycle({ readings: [{ sensor: 'errors', value, unit: 'count' }], usage: {}, atMs });
};
const late = () => sent.filter(({ nowMs }) => nowMs !== undefined);

test('nothing of the present waits for the past, and of that no more is told than the coordinator wants', async () => {
  const telemetry = agent(1, 'm1');
  for (let i = 0; i < 200; i++) look(telemetry, i);
  expect(sent).toEqual([]);
  up = true;
  telemetry.connected();
  expect(sent).toHaveLength(1); // at once: the present, whole
  expect(sent[0]?.records).toMatchObject([[200, atMs, expect.anything(), null, [199]]]);
  expect(sent[0]?.waiting).toBe(true);
  telemetry.received({ stream: 1, through: 0, beyond: [], more: 2 });
  await until('two messages', () => late().length === 2);
  look(telemetry, 200);
  expect(sent.at(-1)).toMatchObject({ from: 0, records: [[201, atMs, expect.anything(), [0], [200]]] });
  expect(late().map(({ records }) => records.length)).toEqual([64, 64]);
  telemetry.received({ stream: 1, through: 128, beyond: [[200, 202]], more: 8 });
  await until('the rest', () => late().length === 4);
  expect(late().at(-1)).toMatchObject({ from: 128, nowMs: atMs });
  expect(late().at(-1)?.waiting).toBe(true); // until it is acknowledged
  telemetry.received({ stream: 1, through: 202, beyond: [] });
  look(telemetry, 201);
  expect(sent.at(-1)?.waiting).toBeUndefined();
  expect(late().flatMap(({ records }) => records.map(([first]) => first))).toEqual(
    Array.from({ length: 200 }, (_, i) => i),
  );
});

test('receipts that come faster than messages go out hold up nothing', async () => {
  const telemetry = agent(1, 'm1');
  for (let i = 0; i < 100; i++) look(telemetry, i);
  up = true;
  telemetry.connected();
  await until('a message', () => {
    telemetry.received({ stream: 1, through: 0, beyond: [], more: 8 });
    return late().length > 0;
  });
});

test('samples from before the machine started have an age that is a guess; a wall clock that jumps does no harm', async () => {
  const before = agent(1, 'm1');
  for (let i = 0; i < 3; i++) look(before, i);
  before.end();
  atMs = 500; // the machine has started anew
  wallMs = 0; // and does not know what time it is
  up = true;
  const telemetry = agent(2, 'm2');
  telemetry.connected();
  telemetry.received({ stream: 2, through: 0, beyond: [], more: 1 });
  await until('the past', () => late().length > 0);
  expect(late()[0]).toMatchObject({ boot: 2, stream: 1, from: 0, nowMs: 0, isGuess: true });
  expect(late()[0]?.records).toHaveLength(3);
});

test('names that somebody does not know are told on request, also those of the past', async () => {
  const before = agent(1, 'm1');
  look(before, 1);
  before.end();
  up = true;
  const telemetry = agent(2, 'm1');
  atMs += 10_000;
  telemetry.cycle({ readings: [{ sensor: 'other', value: 1, unit: 'C' }], usage: {}, atMs });
  expect(names.map(({ sensors }) => sensors)).toEqual([['other']]);
  telemetry.connected();
  telemetry.received({ stream: 2, through: 0, beyond: [], more: 1 });
  await until('the past', () => late().length > 0);
  const table = late()[0]?.records[0]?.[2] ?? '';
  telemetry.requested({ kind: 'names', table });
  expect(names.at(-1)).toMatchObject({ boot: 2, table, sensors: ['errors'] });
  telemetry.requested({ kind: 'names', table: 'unknown_' });
  expect(names).toHaveLength(2);
});

test('what did not arrive although later samples did is sent again at once', () => {
  up = true;
  const telemetry = agent(1, 'm1');
  for (let i = 0; i < 4; i++) look(telemetry, i);
  expect(late()).toEqual([]);
  telemetry.received({ stream: 1, through: 1, beyond: [[3, 4]] });
  expect(late().map(({ records }) => records.map(([first]) => first))).toEqual([[1, 2]]);
});
