import type { NodeName } from '../../protocol/ids.ts';
import type { Durable, NodeRecord } from './durable.ts';
import { onlyOverDays, recalled, recordOf } from './health-record.ts';
import { type HealthTrack, NOTHING_JUDGED } from './health-track.ts';
import type { HealthSettings } from './settings.ts';
import { byName } from './state.ts';
import type { Turn } from './turn.ts';

/*
 * When what is judged over days is made durable, and what becomes of it at the start. A few nodes at a time, so that it is small
 * beside what else is committed; what came since the last time is lost with the coordinator, which of days are minutes.
 */

const SAVE_EVERY_MS = 600_000;
/** All nodes have had their turn within as many calls: with one every two seconds, in less than the time between two saves. */
const CALLS = 200;

/** Those that have waited longest, and in which something was judged since. */
export function saveHealths(turn: Turn, wallMs: number): void {
  const { nodes, settings, at } = turn.state;
  const due = [...nodes.values()].filter(({ watch }) => isDue(watch.health, at));
  due.sort((a, b) => savedAt(a.watch.health) - savedAt(b.watch.health));
  for (const { record, watch } of due.slice(0, Math.ceil(nodes.size / CALLS))) {
    const value = recordOf(settings.health, record.node, record.server.serial, watch.health, at, wallMs);
    turn.effects.push({ kind: 'persist', change: { table: 'health', key: record.node, value } });
    turn.watch(record.node, { health: { ...watch.health, saved: { at, sensors: watch.health.sensors } } });
  }
}

function isDue({ sensors, saved }: HealthTrack, at: number): boolean {
  if (saved === null) return sensors.size > 0;
  return sensors !== saved.sensors && at - saved.at >= SAVE_EVERY_MS;
}
const savedAt = ({ saved }: HealthTrack): number => saved?.at ?? Number.MIN_SAFE_INTEGER;

export interface Recalled {
  readonly of: (record: NodeRecord) => HealthTrack;
  /** What people should know of it; null when all is there. */
  readonly trouble: string | null;
}

export function recallHealths(settings: HealthSettings, durable: Durable, at: number, wallMs: number): Recalled {
  const tracks = new Map<NodeName, HealthTrack>();
  const unreadable: NodeName[] = [];
  const serials = new Map(durable.nodes.map(({ node, server }) => [node, server.serial]));
  for (const stored of durable.healths ?? []) {
    if (stored.server !== serials.get(stored.node)) continue;
    const track = recalled(settings, stored, at, wallMs);
    if (track) tracks.set(stored.node, track);
    else unreadable.push(stored.node);
  }
  const isNone = durable.nodes.length > 0 && (durable.healths ?? []).length === 0;
  const whose = isNone ? 'all nodes' : unreadable.sort(byName).join(', ');
  return {
    of: ({ node, lost }) => {
      const track = tracks.get(node) ?? NOTHING_JUDGED;
      return lost ? onlyOverDays(track, at) : track;
    },
    trouble:
      whose === ''
        ? null
        : `Trends and daily counts of the hardware of ${whose} begin anew: what is stored of them ${isNone ? 'is nothing' : 'cannot be understood'}.`,
  };
}
