import type { ClusterName } from '../../protocol/ids.ts';
import type { Unit } from '../../protocol/reading.ts';
import type { NodeView } from '../../protocol/view.ts';
import type { Button } from './button-commands.ts';
import { clusterDevice, deviceId, isSensorId, nodeDevice, sensorEntity } from './device.ts';
import type { Discovery } from './discovery.ts';
import type { Entity } from './reading-entity.ts';
import type { RetainedTopics } from './retained-topics.ts';

export const DISCOVERY_PREFIX = 'homeassistant';

export interface HomeAssistantOptions {
  readonly cluster: ClusterName;
  readonly prefix: string;
  /** Null: announces nothing, and takes back what was announced when it was still wanted. */
  readonly buttons: readonly Button[] | null;
}

interface Known {
  node: NodeView;
  serial: string; // of the server whose sensors these are
  readonly units: Map<string, Unit>;
  sensors: Record<string, Entity>;
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
      Object.assign(known.removed, platforms(known.sensors));
      Object.assign(known, { serial, sensors: {} });
      known.units.clear();
      isChanged = true;
    }
    if (isReported || isChanged) isChanged = learn(known, deviceId(cluster, node.node)) || isChanged;
    if (isChanged) this.#announce(known, buttons);
  }

  dropNode(node: string): void {
    this.#known.delete(node);
    this.#topics.drop(this.#topic(node));
  }

  found(topic: string, text: string): void {
    const { prefix, cluster } = this.#options;
    const id = topic.slice(`${prefix}/device/`.length, -'/config'.length);
    if (id !== cluster && !id.startsWith(`${cluster}_`)) return;
    const earlier = parsed(text);
    if (earlier?.origin?.name !== 'Evenkeel') return; // somebody else's device that is called so
    const known = this.#known.get(id.slice(cluster.length + 1));
    if (known && this.#options.buttons !== null) {
      takeUp(known, earlier);
      this.#announce(known, this.#options.buttons);
    }
    this.#topics.found(topic, text);
  }

  repeat(): void {
    this.#topics.repeat(this.#topic(null));
    for (const node of this.#known.keys()) this.#topics.repeat(this.#topic(node));
  }

  #announce({ node, sensors, removed }: Known, buttons: readonly Button[]): void {
    const device = nodeDevice(this.#options.cluster, node, sensors, removed, buttons);
    this.#topics.want(this.#topic(node.node), JSON.stringify(device), 0);
  }

  #topic(node: string | null): string {
    return announcementTopic(this.#options.prefix, this.#options.cluster, node);
  }
}

const newcomer = (node: NodeView, serial: string): Known => ({
  node,
  serial,
  units: new Map(),
  sensors: {},
  removed: {},
});
const platforms = (entities: Readonly<Record<string, Entity>>) =>
  Object.fromEntries(Object.entries(entities).map(([id, { platform }]) => [id, platform]));

/** True when the node has a sensor that was not known, or known with another unit. */
function learn(known: Known, id: string): boolean {
  let isChanged = false;
  for (const { sensor, unit, value } of known.node.readings) {
    const before = known.units.get(sensor);
    // without a value it may be called a state for want of a unit
    if (before === unit || (before !== undefined && value === null)) continue;
    known.units.set(sensor, unit);
    const entity = sensorEntity(sensor, unit, id);
    const earlier = known.sensors[entity.id];
    if (value === null && earlier !== undefined) continue;
    known.sensors[entity.id] = entity.entity;
    isChanged = true;
  }
  return isChanged;
}

interface Announced {
  readonly origin?: { readonly name?: string };
  readonly device?: { readonly serial_number?: string };
  readonly components?: Readonly<Record<string, Entity>>;
}

/** Adds what an earlier coordinator announced: sensors of the same server stay, everything else goes if it is not said again. */
function takeUp(known: Known, { device, components }: Announced): void {
  const isSame = (device?.serial_number ?? '') === known.serial;
  for (const [id, entity] of Object.entries(components ?? {})) {
    const isSensor = isSensorId(id) && 'unique_id' in entity;
    if (isSame && isSensor) known.sensors[id] ??= entity;
    else known.removed[id] = entity.platform;
  }
}

function parsed(text: string): Announced | null {
  try {
    return JSON.parse(text) as Announced | null;
  } catch {
    return null;
  }
}
