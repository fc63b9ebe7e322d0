import { createSystemSensors } from '../../hw/system.ts';
import { absent, type Check, failed, found } from './finding.ts';

/** Without these an agent can tell nothing of its machine. */
const NEEDED: ReadonlySet<string> = new Set(['cpu', 'memory']);
const NAMED = 4;

export const sensorsCheck: Check = {
  part: 'sensors',
  cure: 'correct sysroot, or the right to read /proc and /sys',
  look: async (config) => {
    const kinds = await createSystemSensors({ sysroot: config.sysroot }).probe();
    return kinds.flatMap(({ kind, found: { devices, missing } }) => {
      const part = `sensors: ${kind}`;
      const more = devices.length - NAMED;
      const names = `${devices.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
      const there = devices.length > 0 ? [found(part, names)] : [];
      if (missing === null) return there.length > 0 ? there : [absent(part, 'nothing there', 'nothing to do')];
      if (there.length > 0) return [...there, absent(`${part}, more`, 'there could be more', missing)];
      return [(NEEDED.has(kind) ? failed : absent)(part, 'nothing found', missing)];
    });
  },
};
