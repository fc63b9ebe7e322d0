import type { ClusterName, NodeName } from '../../protocol/ids.ts';
import type { Unit } from '../../protocol/reading.ts';
import { commandTopic, stateTopic } from '../../protocol/topics.ts';
import type { NodeView } from '../../protocol/view.ts';
import { type Button, PRESS } from './button-commands.ts';
import { objectId } from './object-id.ts';
import { type Entity, readingEntity } from './reading-entity.ts';
import {
  availabilityPath,
  CLUSTER_PATH,
  COORDINATOR_PATH,
  nodePath,
  OFFLINE,
  ONLINE,
  readingsPath,
} from './state-topics.ts';

/*
 * Home Assistant's device discovery (MQTT integration, 2024.11 and later): one message describes a device with all its
 * entities. What the message says at its top holds for every entity that does not say otherwise.
 */

export interface Device {
  readonly device: Readonly<Record<string, unknown>>;
  readonly origin: Readonly<Record<string, string>>;
  readonly components: Readonly<Record<string, Entity>>;
  readonly [shared: string]: unknown;
}

const ORIGIN = { name: 'Evenkeel' };
/** Home Assistant takes no state that is longer than 255 characters. */
const LONGEST = 250;

const there = (topic: string) => ({ topic, payload_available: ONLINE, payload_not_available: OFFLINE });

/** Every device and entity of a node has an id that starts with this; `_` cannot be in a cluster's or node's name. */
export const deviceId = (cluster: ClusterName, node: string | null) =>
  node === null ? `evenkeel_${cluster}` : `evenkeel_${cluster}_${node}`;

/** Ids of sensors begin in a way of their own, so that none is taken for one of the entities that every node has. */
export const isSensorId = (id: string) => id.startsWith('r_');

export function sensorEntity(
  sensor: string,
  unit: Unit,
  device: string,
): { readonly id: string; readonly entity: Entity } {
  return { id: `r_${objectId(sensor)}`, entity: readingEntity(sensor, unit, `${device}_r`) };
}

/**
 * The device of a node. `sensors` are all that it is known to have, also those that are silent now; `removed` the ids of
 * entities that Home Assistant has to forget.
 */
export function nodeDevice(
  cluster: ClusterName,
  node: NodeView,
  sensors: Readonly<Record<string, Entity>>,
  removed: Readonly<Record<string, string>>,
  buttons: readonly Button[],
): Device {
  const id = deviceId(cluster, node.node);
  const state = stateTopic(cluster, nodePath(node.node));
  const coordinator = there(stateTopic(cluster, COORDINATOR_PATH));
  const components: Record<string, Entity> = { ...sensors };
  // these are the coordinator's word on the node, and of most interest when the node itself is silent
  for (const [name, entity] of Object.entries(nodeEntities()))
    components[name] = { ...entity, unique_id: `${id}_${name}`, state_topic: state, availability: [coordinator] };
  for (const button of buttons)
    components[`press_${button}`] = {
      ...pressable(button),
      unique_id: `${id}_press_${button}`,
      command_topic: commandTopic(cluster, node.node as NodeName, button),
      availability: [coordinator],
    };
  for (const [name, platform] of Object.entries(removed)) components[name] ??= { platform };
  return {
    device: {
      identifiers: [id],
      name: node.node,
      ...(node.server ? serverOf(node.server) : {}),
      via_device: deviceId(cluster, null),
    },
    origin: ORIGIN,
    state_topic: stateTopic(cluster, readingsPath(node.node)),
    availability: [coordinator, there(stateTopic(cluster, availabilityPath(node.node)))],
    availability_mode: 'all',
    qos: 1,
    components,
  };
}

function serverOf({ vendor, model, serial }: NonNullable<NodeView['server']>): Record<string, string> {
  const known = { manufacturer: vendor, model, serial_number: serial };
  return Object.fromEntries(Object.entries(known).filter(([, text]) => text !== ''));
}

function nodeEntities(): Readonly<Record<string, Entity>> {
  const diagnostic = { entity_category: 'diagnostic' };
  const choice = (name: string, field: string, options: readonly string[]): Entity => ({
    platform: 'sensor',
    name,
    device_class: 'enum',
    options,
    value_template: `{{ value_json.${field} }}`,
  });
  const flag = (name: string, condition: string, more: Readonly<Record<string, string>>): Entity => ({
    platform: 'binary_sensor',
    name,
    ...more,
    value_template: `{{ 'ON' if ${condition} else 'OFF' }}`,
  });
  return {
    health: choice('Health', 'health', ['ok', 'degraded', 'failing']),
    problem: flag('Hardware', "value_json.health != 'ok'", { device_class: 'problem' }),
    connected: flag('Connection', "value_json.liveness == 'alive'", { device_class: 'connectivity' }),
    liveness: {
      ...choice('Liveness', 'liveness', ['unknown', 'alive', 'suspect', 'dead', 'fencing', 'lost']),
      ...diagnostic,
    },
    reasons: {
      platform: 'sensor',
      name: 'Health reasons',
      ...diagnostic,
      value_template: `{{ (value_json.healthReasons | join('; '))[:${LONGEST}] or 'none' }}`,
    },
    cordoned: flag('Cordoned', 'value_json.cordoned', diagnostic),
    draining: flag('Draining', 'value_json.draining', diagnostic),
    instances: {
      platform: 'sensor',
      name: 'Instances',
      state_class: 'measurement',
      value_template: '{{ value_json.instances | count }}',
    },
  };
}

function pressable(button: Button): Entity {
  return {
    platform: 'button',
    name: `${button[0]?.toUpperCase()}${button.slice(1)}`,
    entity_category: 'config',
    payload_press: PRESS,
  };
}

/** The device of the cluster as a whole, to which the nodes belong. */
export function clusterDevice(cluster: ClusterName): Device {
  const id = deviceId(cluster, null);
  const sensor = (key: string, name: string, more: Readonly<Record<string, unknown>>, value: string): Entity => ({
    platform: 'sensor',
    unique_id: `${id}_${key}`,
    name,
    ...more,
    value_template: `{{ ${value} }}`,
  });
  const counted = { state_class: 'measurement' };
  return {
    device: { identifiers: [id], name: cluster, manufacturer: 'Evenkeel', model: 'Cluster' },
    origin: ORIGIN,
    state_topic: stateTopic(cluster, CLUSTER_PATH),
    availability: [there(stateTopic(cluster, COORDINATOR_PATH))],
    availability_mode: 'all',
    qos: 1,
    components: {
      sentence: sensor('sentence', 'State', {}, `value_json.sentence[:${LONGEST}]`),
      tone: sensor(
        'tone',
        'Tone',
        { device_class: 'enum', options: ['good', 'busy', 'warning', 'bad'] },
        'value_json.tone',
      ),
      nodes: sensor('nodes', 'Nodes', counted, 'value_json.nodes'),
      alive: sensor('alive', 'Nodes alive', counted, 'value_json.alive'),
      wanted: sensor('wanted', 'Instances wanted', counted, 'value_json.wanted'),
      ready: sensor('ready', 'Instances ready', counted, 'value_json.ready'),
    },
  };
}
