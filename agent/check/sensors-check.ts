import type { Reading } from '../../protocol/reading.ts';
import { monotonicMs } from '../clock.ts';
import { thisMachine } from '../hardware.ts';
import { absent, type Check, type Finding, failed, found } from './finding.ts';

/** What may be there of the machine's own sensors: the first part of a reading's name, and how to get it. */
const KINDS: readonly { readonly kind: string; readonly needed: boolean; readonly cure: string }[] = [
  { kind: 'cpu', needed: true, cure: 'mount /proc' },
  { kind: 'memory', needed: true, cure: 'mount /proc' },
  { kind: 'disk', needed: false, cure: 'no block device is in /proc/diskstats' },
  { kind: 'net', needed: false, cure: 'no interface but the loopback one is in /proc/net/dev' },
  { kind: 'fs', needed: false, cure: 'no filesystem on a device is mounted' },
  { kind: 'psi', needed: false, cure: 'a kernel with CONFIG_PSI, started with psi=1' },
  {
    kind: 'hwmon',
    needed: false,
    cure: 'load the drivers of the sensor chips: sensors-detect of lm-sensors says which',
  },
];

export const sensorsCheck: Check = {
  part: 'sensors',
  cure: 'correct sysroot, or the right to read /proc and /sys',
  look: async (config) => {
    const sensors = await thisMachine(config).sensors();
    await sensors.read(monotonicMs()); // rates are there from the second time on
    const { readings } = await sensors.read(monotonicMs());
    const others = new Set(readings.map(kindOf).filter((kind) => !KINDS.some((each) => each.kind === kind)));
    return [
      ...KINDS.map((each) => findingOf(each, readings)),
      ...[...others].sort().map((kind) => foundOf(kind, readings)),
    ];
  },
};

function findingOf({ kind, needed, cure }: (typeof KINDS)[number], readings: readonly Reading[]): Finding {
  if (readings.some((reading) => kindOf(reading) === kind)) return foundOf(kind, readings);
  return (needed ? failed : absent)(`sensors: ${kind}`, 'no readings', cure);
}

/** One without a value counts: a rate may have none yet, and a device that gives none is there all the same. */
function foundOf(kind: string, readings: readonly Reading[]): Finding {
  const own = readings.filter((reading) => kindOf(reading) === kind);
  const silent = own.filter(({ value }) => value === null).length;
  const names = own.slice(0, 3).map(({ sensor }) => sensor);
  const note = silent === 0 ? '' : `; ${silent} without a value at present`;
  return found(`sensors: ${kind}`, `${own.length} readings, such as ${names.join(', ')}${note}`);
}

function kindOf({ sensor }: Reading): string {
  return sensor.split('/', 1)[0] ?? sensor;
}
