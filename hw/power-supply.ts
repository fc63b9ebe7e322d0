import { join } from 'node:path';
import type { Reading } from '../protocol/reading.ts';
import { plausible, plausibleShare } from './plausible.ts';
import type { Machine, Sensor } from './sensor.ts';
import { listFolder, readNumber, readText } from './text-file.ts';

const MAX_SUPPLIES = 16;

/** Batteries, UPSs and mains as the kernel knows them (/sys/class/power_supply); not those of keyboards and mice. */
export function powerSupplySensor({ sysroot }: Machine): Sensor {
  const root = join(sysroot, 'sys/class/power_supply');
  const text = (name: string, file: string) => readText(join(root, name, file))?.trim() ?? '';
  const number = (name: string, file: string) => readNumber(join(root, name, file));
  const supplies = () =>
    listFolder(root)
      .filter((name) => /^(Battery|UPS|Mains)$/.test(text(name, 'type')) && text(name, 'scope') !== 'Device')
      .slice(0, MAX_SUPPLIES);

  function mains(name: string): Reading[] {
    const online = number(name, 'online');
    const value = online === 0 ? 0 : online !== null && online > 0 ? 1 : null;
    const level = value === null ? {} : ({ level: value === 1 ? 'ok' : 'warning' } as const);
    return [{ sensor: `power/${name}/online`, value, unit: 'state', ...level }];
  }
  function battery(name: string): Reading[] {
    if (number(name, 'present') === 0) return [];
    const charge = plausibleShare(number(name, 'capacity'));
    const low = /^(Critical|Low)$/.exec(text(name, 'capacity_level'))?.[1];
    const discharging = text(name, 'status') === 'Discharging';
    // empty and filling up is no danger
    const level = charge === null ? {} : ({ level: discharging ? (low ? 'critical' : 'warning') : 'ok' } as const);
    const readings: Reading[] = [{ sensor: `power/${name}/charge`, value: charge, unit: '%', ...level }];
    const microvolts = number(name, 'voltage_now');
    if (microvolts !== null)
      readings.push({ sensor: `power/${name}/voltage`, value: plausible(microvolts / 1e6, 'V'), unit: 'V' });
    const health = text(name, 'health');
    if (health !== '' && health !== 'Unknown') {
      const good = health === 'Good';
      readings.push({
        sensor: `power/${name}/health`,
        value: good ? 1 : 0,
        unit: 'state',
        level: good ? 'ok' : 'warning',
      });
    }
    return readings;
  }

  return {
    kind: 'power-supply',
    probe: () => {
      const devices = supplies().map((name) => `${name} (${text(name, 'type')})`);
      const missing =
        'no battery and no mains that the kernel knows: a server tells of its power supplies through its BMC';
      return { devices, missing: devices.length === 0 ? missing : null };
    },
    read: () => supplies().flatMap((name) => (text(name, 'type') === 'Mains' ? mains(name) : battery(name))),
  };
}
