import { deviceOfFiles, type FakeDevice } from './machine.ts';

/** A chip of hwmon: `files` of its folder by name. */
export function fakeChip(number: number, files: Readonly<Record<string, string | number>>): FakeDevice {
  const folder = `sys/class/hwmon/hwmon${number}`;
  return deviceOfFiles(Object.fromEntries(Object.entries(files).map(([file, text]) => [`${folder}/${file}`, text])), [
    folder,
  ]);
}

const CPU = fakeChip(0, {
  name: 'coretemp',
  temp1_input: 45_000,
  temp1_label: 'Package id 0',
  temp1_max: 80_000,
  temp1_crit: 100_000,
});
const board = (number: number) =>
  fakeChip(number, {
    name: 'nct6775',
    fan1_input: 1200,
    fan1_min: 400,
    fan1_alarm: 0,
    in0_input: 1032,
    in0_min: 900,
    in0_max: 1100,
    in1_input: 12,
    temp1_input: 31_000,
    temp1_fault: 0,
    power1_average: 25_000_000,
  });

/** A CPU's sensor, and two chips of one kind. */
export const fakeHwmon: FakeDevice = {
  plug: (machine) => {
    for (const chip of [CPU, board(1), board(2)]) chip.plug(machine);
  },
  unplug: (machine) => machine.remove('sys/class/hwmon'),
};

export const fakeThermal = deviceOfFiles(
  {
    'sys/class/thermal/thermal_zone0/type': 'acpitz',
    'sys/class/thermal/thermal_zone0/temp': 27_800,
    'sys/class/thermal/thermal_zone0/trip_point_0_type': 'critical',
    'sys/class/thermal/thermal_zone0/trip_point_0_temp': 105_000,
    'sys/class/thermal/thermal_zone1/type': 'acpitz',
    'sys/class/thermal/thermal_zone1/temp': 29_000,
  },
  ['sys/class/thermal'],
);
