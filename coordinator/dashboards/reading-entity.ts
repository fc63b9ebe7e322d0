import type { Unit } from '../../protocol/reading.ts';
import { jinjaText, objectId } from './object-id.ts';

/* How Home Assistant shows one sensor of a node: its platform, unit, device class and state class. */

export type Entity = Readonly<Record<string, unknown>> & { readonly platform: string };

/** Units are those that the device class allows; where there is no class, the unit is free text. */
const KINDS: Readonly<Record<Exclude<Unit, 'state'>, Readonly<Record<string, string | number>>>> = {
  C: { device_class: 'temperature', unit_of_measurement: '°C', suggested_display_precision: 1 },
  RPM: { unit_of_measurement: 'rpm', suggested_display_precision: 0 },
  V: { device_class: 'voltage', unit_of_measurement: 'V', suggested_display_precision: 2 },
  A: { device_class: 'current', unit_of_measurement: 'A', suggested_display_precision: 2 },
  W: { device_class: 'power', unit_of_measurement: 'W', suggested_display_precision: 0 },
  '%': { unit_of_measurement: '%', suggested_display_precision: 1 },
  bytes: { device_class: 'data_size', unit_of_measurement: 'B' },
  'bytes/s': { device_class: 'data_rate', unit_of_measurement: 'B/s' },
  'ops/s': { unit_of_measurement: 'ops/s' },
  ms: { device_class: 'duration', unit_of_measurement: 'ms' },
  count: {},
};

/** The unit as people read it; null where there is none. */
export function unitText(unit: Unit): string | null {
  const text = unit === 'state' ? undefined : KINDS[unit].unit_of_measurement;
  return text === undefined ? null : String(text);
}

/** What most people want to see first; the rest is for a diagnosis. */
const IS_MAIN = /^(bmc|hwmon|smart|nvme|ups)\/|^(cpu\/busy|memory\/used)$/;

/** `uniqueId` is the node's; the entity's own is derived from it and never changes while the sensor keeps its name. */
export function readingEntity(sensor: string, unit: Unit, uniqueId: string): Entity {
  const value = `(value_json[${jinjaText(sensor)}] | default({}))['value'] | default(none)`;
  const common = {
    unique_id: `${uniqueId}_${objectId(sensor)}`,
    name: sensor.replaceAll('/', ' '),
    ...(IS_MAIN.test(sensor) ? {} : { entity_category: 'diagnostic' }),
  };
  if (unit === 'state')
    return {
      platform: 'binary_sensor',
      ...common,
      device_class: 'problem',
      // 1 is well and 0 is not; no value is neither
      value_template: `{{ {1: 'OFF', 0: 'ON'}[${value}] | default('None') }}`,
    };
  return {
    platform: 'sensor',
    ...common,
    ...KINDS[unit],
    state_class: 'measurement',
    value_template: `{{ ${value} }}`,
  };
}
