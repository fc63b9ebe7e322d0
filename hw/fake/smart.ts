import type { FakeDevice } from './machine.ts';

/** What `smartctl --json` says of a disk: as an object, with the run's exit status. */
export interface FakeDisk {
  readonly type: string;
  answer: Readonly<Record<string, unknown>>;
  exitStatus: number;
}

export const nvmeDisk = (log: Readonly<Record<string, number>> = {}): FakeDisk => ({
  type: 'nvme',
  exitStatus: 0,
  answer: {
    smart_status: { passed: true, nvme: { value: 0 } },
    nvme_composite_temperature_threshold: { warning: 80, critical: 85 },
    temperature: { current: 41, op_limit_max: 80, critical_limit_max: 85 },
    nvme_smart_health_information_log: {
      critical_warning: 0,
      temperature: 41,
      available_spare: 100,
      available_spare_threshold: 10,
      percentage_used: 3,
      data_units_written: 2000,
      media_errors: 0,
      ...log,
    },
  },
});

const attribute = (id: number, raw: number) => ({ id, name: `attribute ${id}`, raw: { value: raw, string: `${raw}` } });
export const ataDisk = (raw: Readonly<Record<number, number>> = {}): FakeDisk => ({
  type: 'sat',
  exitStatus: 0,
  answer: {
    smart_status: { passed: true },
    temperature: { current: 33 },
    ata_smart_attributes: {
      table: Object.entries({ 5: 0, 9: 12_345, 187: 0, 197: 0, 198: 0, 199: 2, ...raw }).map(([id, value]) =>
        attribute(Number(id), value),
      ),
    },
    ata_device_statistics: {
      pages: [
        {
          number: 7,
          table: [{ offset: 8, name: 'Percentage Used Endurance Indicator', value: 17, flags: { valid: true } }],
        },
      ],
    },
  },
});

export const asleep: Readonly<Record<string, unknown>> = {
  smartctl: { messages: [{ string: 'Device is in STANDBY mode, exit(2)', severity: 'information' }], exit_status: 2 },
};

/** The program smartctl over these disks; `runs` counts how often one of them was asked. */
export function fakeSmart(disks: Map<string, FakeDisk>): FakeDevice & { readonly runs: () => number } {
  let runs = 0;
  return {
    runs: () => runs,
    plug: (machine) => {
      machine.programs.set('smartctl', (args) => {
        if (args.includes('--scan')) {
          const devices = [...disks].map(([name, { type }]) => ({ name, info_name: name, type }));
          return { code: 0, output: JSON.stringify({ devices }) };
        }
        runs++;
        const disk = disks.get(args.at(-1) ?? '');
        if (!disk)
          return { code: 2, output: JSON.stringify({ smartctl: { messages: [{ string: 'No such device' }] } }) };
        return { code: disk.exitStatus, output: JSON.stringify(disk.answer) };
      });
    },
    unplug: () => disks.clear(),
  };
}
