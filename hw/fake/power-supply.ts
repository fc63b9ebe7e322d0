import { deviceOfFiles } from './machine.ts';

const ROOT = 'sys/class/power_supply';
/** Mains, a battery, and the battery of a mouse, which is none of ours. */
export const fakePowerSupply = deviceOfFiles(
  {
    [`${ROOT}/AC/type`]: 'Mains',
    [`${ROOT}/AC/online`]: 1,
    [`${ROOT}/BAT0/type`]: 'Battery',
    [`${ROOT}/BAT0/present`]: 1,
    [`${ROOT}/BAT0/status`]: 'Full',
    [`${ROOT}/BAT0/capacity`]: 99,
    [`${ROOT}/BAT0/capacity_level`]: 'Full',
    [`${ROOT}/BAT0/voltage_now`]: 12_600_000,
    [`${ROOT}/BAT0/health`]: 'Good',
    [`${ROOT}/hid-mouse/type`]: 'Battery',
    [`${ROOT}/hid-mouse/scope`]: 'Device',
    [`${ROOT}/hid-mouse/capacity`]: 5,
  },
  [ROOT],
);
