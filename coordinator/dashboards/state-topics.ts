import type { Reading, Unit } from '../../protocol/reading.ts';
import type { AppView, ClusterView, NodeView } from '../../protocol/view.ts';

/* What people and dashboards read, below `evenkeel/v1/<cluster>/state/`. Times of day are left out: they would always differ. */

/** Whether the coordinator is there: `online`, or `offline` by its will. Plain text, as are the nodes' own. */
export const COORDINATOR_PATH = 'coordinator';
export const CLUSTER_PATH = 'cluster';
export const nodePath = (node: string) => `node/${node}`;
export const availabilityPath = (node: string) => `node/${node}/availability`;
export const readingsPath = (node: string) => `node/${node}/readings`;
export const appPath = (app: string) => `app/${app}`;
export const ONLINE = 'online';
export const OFFLINE = 'offline';

export function clusterState(view: ClusterView) {
  return {
    sentence: view.sentence,
    tone: view.tone,
    term: view.term,
    nodes: view.nodes.length,
    alive: view.nodes.filter((node) => node.liveness === 'alive').length,
    ready: view.apps.reduce((sum, app) => sum + app.ready, 0),
    wanted: view.apps.reduce((sum, app) => sum + app.wanted, 0),
    survives: view.survives?.text ?? null,
    reboot: view.reboot?.text ?? null,
  };
}

export function nodeState(node: NodeView): unknown {
  return {
    liveness: node.liveness,
    health: node.health,
    healthReasons: node.healthReasons,
    cordoned: node.cordoned,
    quarantined: node.quarantine !== undefined,
    draining: node.draining,
    replacement: node.replacement,
    domain: node.domain,
    instances: node.instances.map(({ instance, role, state }) => ({ instance, role, state })),
  };
}

/** A node that is only suspected is still there: its readings are a few seconds old. */
export function availabilityOf(node: NodeView): string {
  return node.liveness === 'alive' || node.liveness === 'suspect' ? ONLINE : OFFLINE;
}

export function appState({ wanted, ready, active, waiting, objective }: AppView): unknown {
  return { wanted, ready, active, waiting, objective };
}

/** Decimals beyond which a change is noise to a reader; bytes are given in whole MiB, rates in three digits. */
const DECIMALS: Readonly<Partial<Record<Unit, number>>> = { C: 1, RPM: 0, V: 2, A: 2, W: 0, '%': 1, ms: 1, count: 2 };
const MIB = 2 ** 20;

/** The value as it is shown: without digits that change all the time and tell nothing. */
export function shown({ value, unit }: Reading): number | null {
  if (value === null) return null;
  if (unit === 'bytes') return Math.round(value / MIB) * MIB;
  if (unit === 'bytes/s' || unit === 'ops/s') return Number(value.toPrecision(3));
  const decimals = DECIMALS[unit];
  return decimals === undefined ? value : Number(value.toFixed(decimals));
}

/** Sensor → value, unit, and what the device thinks of it where it says so. */
export function readingsState(readings: readonly Reading[]): unknown {
  return Object.fromEntries(
    readings.map((reading) => {
      const { sensor, unit, level, limit } = reading;
      return [
        sensor,
        { value: shown(reading), unit, ...(level ? { level } : {}), ...(limit === undefined ? {} : { limit }) },
      ];
    }),
  );
}
