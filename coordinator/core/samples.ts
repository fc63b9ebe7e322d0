import type { NodeName } from '../../protocol/ids.ts';
import type { Request } from '../../protocol/messages.ts';
import type { Ranges } from '../../protocol/ranges.ts';
import type { Reading } from '../../protocol/reading.ts';
import {
  decodeRecord,
  MAX_MORE,
  type NameTable,
  readingOf,
  type Sample,
  type SampleRecord,
  type Samples,
  seriesCount,
} from '../../protocol/samples.ts';
import { seriesOf } from '../../protocol/series.ts';
import type { TallyRecord } from './durable.ts';
import { addressed } from './other-coordinators.ts';
import { judgeNode } from './reports.ts';
import { type History, NO_HISTORY, withPoint } from './sample-history.ts';
import type { State, Telemetry } from './state.ts';
import { beginAt, countedOf, countLost, countReceived, emptyTally } from './tally.ts';
import type { Turn } from './turn.ts';

/*
 * What the sensors of a node say. Its agent tells only what has changed; here the whole list is put together again, after a
 * snapshot, and handed on as if it had been sent whole. What it could not tell in its time comes later and goes into the
 * histories alone. Every sample is counted once (tally.ts), and acknowledged only when that is on disk.
 */

/** Tables kept of a node: what was measured before a sensor was added still has to be understood. */
const MAX_TABLES = 8;
const ASK_AGAIN_MS = 2000;
/** Messages about the past that all nodes together may send between two rounds of receipts. One of 64 records takes half a millisecond. */
const LATE_MESSAGES = 400;

export function unheardTelemetry(tally: TallyRecord): Telemetry {
  return {
    bootId: 0,
    tables: new Map(),
    whole: null,
    next: 0,
    askedAt: Number.NEGATIVE_INFINITY,
    histories: new Map(),
    tally,
    unacknowledged: [],
    isWaiting: false,
    invitedAt: Number.NEGATIVE_INFINITY,
  };
}

function telemetryOf(turn: Turn, node: NodeName, boot: number): Telemetry | null {
  if (turn.state.nodes.get(node)?.watch.bootId !== boot) return null; // who is it? Its next heartbeat is answered by asking
  const known = turn.state.telemetry.get(node) ?? unheardTelemetry(emptyTally(node));
  return known.bootId === boot ? known : { ...known, bootId: boot, whole: null, next: 0 };
}

export function named(turn: Turn, node: NodeName, names: NameTable): void {
  const known = telemetryOf(turn, node, names.boot);
  if (!known) return;
  const tables = new Map(known.tables);
  tables.delete(names.table);
  tables.set(names.table, names);
  for (const oldest of tables.keys()) {
    if (tables.size <= MAX_TABLES) break;
    tables.delete(oldest);
  }
  turn.put('telemetry', node, { ...known, tables });
}

export function sampled(turn: Turn, node: NodeName, samples: Samples): void {
  let telemetry = telemetryOf(turn, node, samples.boot);
  if (!telemetry) return;
  const stream = samples.stream ?? samples.boot;
  let { tally } = telemetry;
  const from = samples.from ?? samples.records[0]?.[0];
  if (from !== undefined) tally = beginAt(tally, stream, from);
  for (const gap of samples.gaps ?? []) tally = countLost(tally, stream, gap);
  let histories: Map<string, History> | null = null;
  let isHeard = false;
  let ask: { readonly kind: Request['kind']; readonly table?: string } | null = null;
  for (const wire of samples.records) {
    const record = decodeRecord(wire);
    const table = telemetry.tables.get(record.table);
    if (!table || !fits(record, table)) {
      ask ??= { kind: 'names', table: record.table }; // neither counted nor acknowledged: it comes again
      continue;
    }
    const range = [record.first, record.first + record.samples.length] as const;
    const counted = countReceived(tally, stream, range);
    tally = counted.tally;
    const at = turn.state.at - Math.max(0, (samples.nowMs ?? record.atMs) - record.atMs);
    if (counted.fresh > 0) {
      histories ??= new Map(telemetry.histories);
      remember(histories, table, record.samples, at);
    }
    if (samples.nowMs !== undefined || stream !== samples.boot || record.first < telemetry.next) continue; // of the past
    if (record.first > telemetry.next && !record.isWhole) ask ??= { kind: 'snapshot' }; // something is missing
    telemetry = { ...telemetry, next: range[1], whole: latest(telemetry.whole, record) };
    if (telemetry.whole?.table === record.table) isHeard = true;
    else ask ??= { kind: 'snapshot' };
  }
  const heardReport = turn.state.nodes.get(node)?.watch.report ?? -1;
  if (samples.report !== undefined && samples.report > heardReport) ask ??= { kind: 'report' };
  const { unacknowledged } = telemetry;
  const isNews = samples.records.some(([, , , , values]) => values.length > 0) || samples.gaps !== undefined;
  turn.put('telemetry', node, {
    ...telemetry,
    ...(histories ? { histories } : {}),
    tally,
    isWaiting: samples.waiting ?? false,
    unacknowledged: isNews && !unacknowledged.includes(stream) ? [...unacknowledged, stream] : unacknowledged,
  });
  if (ask) askFor(turn, node, ask);
  if (isHeard) handOn(turn, node);
}

function fits({ samples, isWhole }: SampleRecord, table: NameTable): boolean {
  const count = seriesCount(table);
  return isWhole ? samples.length === count : (samples.at(-1)?.index ?? 0) < count;
}

function latest(before: Telemetry['whole'], { table, samples, isWhole }: SampleRecord): Telemetry['whole'] {
  if (isWhole) return { table, latest: samples };
  if (before?.table !== table) return null;
  if (samples.length === 0) return before;
  const next = [...before.latest];
  for (const sample of samples) next[sample.index] = sample;
  return { table, latest: next };
}

function remember(
  histories: Map<string, History>,
  { usage, sensors }: NameTable,
  samples: readonly Sample[],
  at: number,
): void {
  if (histories.size > 2 * sensors.length + 64) {
    // sensors that are in no table any more go with their histories
    const named = new Set(sensors);
    for (const sensor of histories.keys()) if (!named.has(sensor)) histories.delete(sensor);
  }
  for (const { index, value } of samples) {
    const sensor = sensors[index - usage.length];
    if (sensor !== undefined && value !== null)
      histories.set(sensor, withPoint(histories.get(sensor) ?? NO_HISTORY, at, value));
  }
}

/** Of all nodes. */
export function sampleCounts(state: State): Pick<TallyRecord, 'received' | 'lost' | 'duplicates'> {
  let [received, lost, duplicates] = [0, 0, 0];
  for (const { tally } of state.telemetry.values()) {
    received += tally.received;
    lost += tally.lost;
    duplicates += tally.duplicates;
  }
  return { received, lost, duplicates };
}

/** At most one question at a time: whatever was missing, its answer may bring the rest as well. */
function askFor(turn: Turn, node: NodeName, ask: { readonly kind: Request['kind']; readonly table?: string }): void {
  const known = turn.state.telemetry.get(node);
  if (!known || turn.state.at - known.askedAt < ASK_AGAIN_MS) return;
  turn.put('telemetry', node, { ...known, askedAt: turn.state.at });
  turn.effects.push({
    kind: 'request',
    request: { v: 1, node, term: turn.state.term, ...addressedTo(turn.state, node), ...ask },
  });
}

/** The whole list, as it is now, to those who judge. */
function handOn(turn: Turn, node: NodeName): void {
  const { whole, tables } = turn.state.telemetry.get(node) ?? {};
  const table = whole && tables?.get(whole.table);
  if (!whole || !table) return;
  const series = seriesOf(table);
  const readings: Reading[] = [];
  const usage: Record<string, number> = {};
  for (const [index, sample] of whole.latest.entries()) {
    const resource = table.usage[index];
    const one = series[index - table.usage.length];
    if (resource !== undefined) {
      if (sample.value !== null && sample.value >= 0) usage[resource] = sample.value;
    } else if (one !== undefined) {
      const reading = readingOf(one, sample);
      if (reading) readings.push(reading);
    }
  }
  turn.watch(node, { readings, usage });
  judgeNode(turn, node, readings);
}

/** What was counted since the last time goes to disk, and its receipts out. Those who have waited longest may tell more. */
export function tallied(turn: Turn): void {
  const invited = invitations(turn.state);
  for (const [node, telemetry] of turn.state.telemetry) {
    const { tally, bootId, unacknowledged } = telemetry;
    const more = invited.get(node);
    if (unacknowledged.length === 0 && more === undefined) continue;
    if (unacknowledged.length > 0)
      turn.effects.push({ kind: 'persist', change: { table: 'tally', key: node, value: tally } });
    const streams = more === undefined ? unacknowledged : [...unacknowledged.filter((each) => each !== bootId), bootId];
    for (const stream of streams) {
      const to = { v: 1 as const, node, term: turn.state.term, ...addressedTo(turn.state, node) };
      const receipt = { ...to, stream, ...numbersOf(countedOf(tally, stream)) };
      const isLast = stream === streams.at(-1); // it goes on from where all receipts leave it
      turn.effects.push({
        kind: 'acknowledge',
        receipt: more !== undefined && isLast ? { ...receipt, more } : receipt,
      });
    }
    // its next message says whether there is still more
    const isInvited = more === undefined ? {} : { isWaiting: false, invitedAt: turn.state.at };
    turn.put('telemetry', node, { ...telemetry, unacknowledged: [], ...isInvited });
  }
}

const addressedTo = (state: State, node: NodeName) => addressed(state, state.nodes.get(node)?.watch.store);

function numbersOf(counted: Ranges): { readonly through: number; readonly beyond: [number, number][] } {
  const [first] = counted;
  const through = first?.[0] === 0 ? first[1] : 0;
  return { through, beyond: counted.slice(through > 0 ? 1 : 0).map(([from, to]) => [from, to]) };
}

/** How many messages each node may send of its past until the next time: few enough to hold up nothing of the present. */
function invitations(state: State): ReadonlyMap<NodeName, number> {
  const waiting = [...state.telemetry].filter(([, { isWaiting }]) => isWaiting);
  waiting.sort(([, a], [, b]) => a.invitedAt - b.invitedAt);
  const each = Math.min(MAX_MORE, Math.max(1, Math.floor(LATE_MESSAGES / Math.max(1, waiting.length))));
  return new Map(waiting.slice(0, LATE_MESSAGES).map(([node]) => [node, each]));
}
