import * as z from 'zod';
import type { ClusterName } from '../../protocol/ids.ts';
import type { Unit } from '../../protocol/reading.ts';
import type { NodeView } from '../../protocol/view.ts';
import type { Button } from './button-commands.ts';
import { clusterDevice, deviceId, isSensorId, nodeDevice, sensorEntity } from './device.ts';
import type { Discovery } from './discovery.ts';
import type { Entity } from './reading-entity.ts';
import type { RetainedTopics } from './retained-topics.ts';

export const DISCOVERY_PREFIX = 'homeassistant';

/** Announcements that are worked out in one look: some 0.2 ms each, in the thread that grants leases. */
const MOST_AT_ONCE = 25;

export interface HomeAssistantOptions {
  readonly cluster: ClusterName;
  readonly prefix: string;
  /** Null: announces nothing, and takes back what was announced when it was still wanted. */
  readonly buttons: readonly Button[] | null;
}

interface Known {
  node: NodeView;
  serial: string; // of the server whose sensors these are
  readonly units: Map<string, Unit>; // of its sensors
  earlier: Record<string, Entity>; // sensors that an earlier coordinator announced for this server
  /** Entities that are no more, id → platform: Home Assistant keeps what it is not told to forget. */
  removed: Record<string, string>;
}

/** `<prefix>/device/<cluster>_<node>/config`; the cluster itself is `<prefix>/device/<cluster>/config`. */
export function announcementTopic(prefix: string, cluster: string, node: string | null): string {
  return `${prefix}/device/${node === null ? cluster : `${cluster}_${node}`}/config`;
}

/**
 * Announces a device for each node, and one for the cluster. A sensor that is silent for a while stays announced (its entity
 * is then `unknown`); it goes when another server has taken the node's place and does not have it.
 */
export class HomeAssistant implements Discovery {
  readonly #options: HomeAssistantOptions;
  readonly #topics: RetainedTopics;
  readonly #known = new Map<string, Known>();
  readonly #due = new Set<string>();
  #isClusterShown = false;

  constructor(options: HomeAssistantOptions, topics: RetainedTopics) {
    this.#options = options;
    this.#topics = topics;
  }

  showCluster(): void {
    if (this.#options.buttons === null || this.#isClusterShown) return;
    this.#isClusterShown = true;
    this.#topics.want(this.#topic(null), JSON.stringify(clusterDevice(this.#options.cluster)), 0);
  }

  showNode(node: NodeView, isReported: boolean): void {
    const { buttons, cluster } = this.#options;
    if (buttons === null) return;
    const serial = node.server?.serial ?? '';
    const known = this.#known.get(node.node) ?? newcomer(node, serial);
    let isChanged = !this.#known.has(node.node);
    this.#known.set(node.node, known);
    known.node = node;
    if (known.serial !== serial) {
      for (const [id, { platform }] of Object.entries(sensorsOf(known, cluster))) known.removed[id] = platform;
      Object.assign(known, { serial, earlier: {} });
      known.units.clear();
      isChanged = true;
    }
    if (isReported || isChanged) isChanged = learn(known) || isChanged;
    if (isChanged) this.#due.add(node.node);
  }

  dropNode(node: string): void {
    this.#known.delete(node);
    this.#due.delete(node);
    this.#topics.drop(this.#topic(node));
  }

  announceSome(): void {
    const { cluster, buttons } = this.#options;
    let left = MOST_AT_ONCE;
    for (const name of this.#due) {
      if (left-- === 0) break;
      this.#due.delete(name);
      const known = this.#known.get(name);
      if (!known || buttons === null) continue;
      const device = nodeDevice(cluster, known.node, sensorsOf(known, cluster), known.removed, buttons);
      this.#topics.want(this.#topic(name), JSON.stringify(device), 0);
    }
  }

  found(topic: string, text: string): void {
    const { prefix, cluster } = this.#options;
    const id = topic.slice(`${prefix}/device/`.length, -'/config'.length);
    if (id !== cluster && !id.startsWith(`${cluster}_`)) return;
    const earlier = parsed(text);
    if (earlier === null) return; // somebody else's device that is called so
    const known = this.#known.get(id.slice(cluster.length + 1));
    if (known && this.#options.buttons !== null) {
      takeUp(known, earlier);
      this.#due.add(known.node.node);
      this.#topics.want(topic, text, 0); // until its turn comes
    }
    this.#topics.found(topic, text);
  }

  repeat(): void {
    this.#topics.repeat(this.#topic(null));
    for (const node of this.#known.keys()) this.#topics.repeat(this.#topic(node));
  }

  #topic(node: string | null): string {
    return announcementTopic(this.#options.prefix, this.#options.cluster, node);
  }
}

const newcomer = (node: NodeView, serial: string): Known => ({
  node,
  serial,
  units: new Map(),
  earlier: {},
  removed: {},
});

function sensorsOf({ node, units, earlier }: Known, cluster: ClusterName): Record<string, Entity> {
  const sensors = { ...earlier };
  for (const [sensor, unit] of units) {
    const { id, entity } = sensorEntity(sensor, unit, deviceId(cluster, node.node));
    sensors[id] = entity;
  }
  return sensors;
}

/** True when the node has a sensor that was not known, or known with another unit. Without a value its unit may be a guess. */
function learn({ node, units }: Known): boolean {
  let isChanged = false;
  for (const { sensor, unit, value } of node.readings) {
    if (value === null || units.get(sensor) === unit) continue;
    units.set(sensor, unit);
    isChanged = true;
  }
  return isChanged;
}

/** Whoever may publish there can have left anything. */
const Announced = z.object({
  origin: z.object({ name: z.literal('Evenkeel') }),
  device: z.object({ serial_number: z.string().default('') }).prefault({}),
  components: z
    .record(
      z.string().regex(/^[A-Za-z0-9_-]{1,1000}$/),
      z.looseObject({ platform: z.enum(['sensor', 'binary_sensor', 'button']) }),
    )
    .default({}),
});
type Announced = z.infer<typeof Announced>;

/** Adds what an earlier coordinator announced: sensors of the same server stay, everything else goes if it is not said again. */
function takeUp(known: Known, { device, components }: Announced): void {
  const isSame = device.serial_number === known.serial;
  for (const [id, entity] of Object.entries(components)) {
    if (isSame && isSensorId(id) && 'unique_id' in entity) known.earlier[id] = entity;
    else known.removed[id] = entity.platform;
  }
}

function parsed(text: string): Announced | null {
  try {
    return Announced.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
