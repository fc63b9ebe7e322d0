import type { Reading, Unit } from '../../protocol/reading.ts';
import { isResource, number, part, parts, type Resource, text } from './fields.ts';
import { analog, state } from './judge.ts';

/*
 * Redfish resources → readings, in the order of the resource, which is what keeps names apart that are there twice. Fields
 * are those of the schemas Thermal 1.7, Power 1.7, Chassis and ComputerSystem, and those that older services have instead.
 */

const MAX_OF_A_KIND = 200;

/** An entry without a name gets its number, so that it stays the same one when another has gone. */
function each(resource: Resource, list: string, kind: string, read: (name: string, entry: Resource) => Reading[]) {
  return parts(resource, list)
    .slice(0, MAX_OF_A_KIND)
    .flatMap((entry, index) => read(text(entry, 'Name', 'FanName') || `${kind} ${index + 1}`, entry));
}

const UNITS: Readonly<Record<string, Unit>> = { rpm: 'RPM', percent: '%' };

/** Fans without a unit count in RPM, as the schema says. */
const fanUnit = (fan: Resource): Unit => {
  const given = text(fan, 'ReadingUnits', 'Units').toLowerCase();
  return given === '' ? 'RPM' : (UNITS[given] ?? 'count');
};

export function thermalReadings(thermal: Resource): Reading[] {
  return [
    ...each(thermal, 'Temperatures', 'Temperature', (name, sensor) => [
      analog(name, sensor, number(sensor, 'ReadingCelsius'), 'C'),
    ]),
    ...each(thermal, 'Fans', 'Fan', (name, fan) => [
      analog(name, fan, number(fan, 'Reading', 'CurrentReading'), fanUnit(fan)),
    ]),
    ...each(thermal, 'Redundancy', 'Fan Redundancy', (name, group) => [state(name, group)]),
  ];
}

export function powerReadings(power: Resource): Reading[] {
  return [
    ...each(power, 'PowerControl', 'Power', (name, control) => [
      analog(name, {}, number(control, 'PowerConsumedWatts'), 'W'),
    ]),
    ...each(power, 'Voltages', 'Voltage', (name, sensor) => [
      analog(name, sensor, number(sensor, 'ReadingVolts'), 'V'),
    ]),
    ...each(power, 'PowerSupplies', 'PSU', (name, supply) => [
      state(name, supply, lineLost(supply) ? 'warning' : undefined),
      analog(`${name} Output`, withoutHealth(supply), number(supply, 'PowerOutputWatts', 'LastPowerOutputWatts'), 'W'),
    ]),
    ...each(power, 'Redundancy', 'PSU Redundancy', (name, group) => [state(name, group)]),
  ];
}

const lineLost = (supply: Resource) => /^(outofrange|lossofinput)$/i.test(text(supply, 'LineInputStatus'));
/** What a supply's health is has one reading of its own; its watts say only whether it is there. */
const withoutHealth = (supply: Resource) => ({ Status: { State: part(supply, 'Status').State } });

/** An opened lid is a state that judges nothing: somebody at work inside is no reason to empty a node. */
export function chassisReadings(chassis: Resource): Reading[] {
  const sensor = text(part(chassis, 'PhysicalSecurity'), 'IntrusionSensor');
  if (sensor === '') return [];
  const value = sensor === 'Normal' ? 1 : /^(hardwareintrusion|tamperingdetected)$/i.test(sensor) ? 0 : null;
  return [{ sensor: 'bmc/Intrusion', value, unit: 'state' }];
}

/** What the service knows of the processors and the memory of its system, where it says anything. */
export function systemReadings(system: Resource): Reading[] {
  const summary = (name: string, field: string) =>
    isResource(part(system, field).Status) ? [state(name, part(system, field))] : [];
  return [...summary('Processors', 'ProcessorSummary'), ...summary('Memory', 'MemorySummary')];
}
