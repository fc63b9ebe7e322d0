import { join } from 'node:path';
import type { Reading } from '../protocol/reading.ts';
import { NameBook, nameFrom } from './name-book.ts';
import type { Machine, Sensor } from './sensor.ts';
import { listFolder, readNumber, readText } from './text-file.ts';

const MAX_DIMMS = 64;
const ERRORS = { corrected: 'ce', uncorrected: 'ue' } as const;

/**
 * Memory errors since boot, as the kernel counts them (EDAC): by memory controller, and by DIMM where one has had any. One
 * that could not be corrected has destroyed data. All are of one component, the controller: who judges them looks at the kind.
 */
export function eccSensor({ sysroot }: Machine): Sensor {
  const root = join(sysroot, 'sys/devices/system/edac/mc');
  const names = new NameBook();
  const blamed = new Set<string>(); // DIMMs with errors: reported from then on
  const looked = new Map<string, string>(); // controller → the counts at which its DIMMs were last looked at
  const controllers = () => listFolder(root).filter((name) => /^mc[0-9]+$/.test(name));

  const reading = (controller: string, sensor: string, kind: keyof typeof ERRORS, value: number | null): Reading => ({
    sensor: `${sensor}/${kind}`,
    value: value !== null && value >= 0 ? value : null,
    unit: 'count',
    kind,
    component: `ecc/${controller}`,
  });
  function dimms(controller: string): Reading[] {
    const folder = join(root, controller);
    const readings: Reading[] = [];
    for (const dimm of listFolder(folder)
      .filter((name) => /^(dimm|rank)[0-9]+$/.test(name))
      .slice(0, MAX_DIMMS)) {
      const [ce, ue] = ['ce', 'ue'].map((kind) => readNumber(join(folder, dimm, `dimm_${kind}_count`)));
      const key = `${controller}/${dimm}`;
      if ((ce ?? 0) > 0 || (ue ?? 0) > 0) blamed.add(key);
      if (!blamed.has(key)) continue;
      const label = nameFrom(readText(join(folder, dimm, 'dimm_label')) ?? '') || dimm;
      const sensor = names.nameFor(key, `ecc/${controller}/${label}`.slice(0, 80));
      readings.push(
        reading(controller, sensor, 'corrected', ce ?? null),
        reading(controller, sensor, 'uncorrected', ue ?? null),
      );
    }
    return readings;
  }
  const latest = new Map<string, readonly Reading[]>();

  return {
    kind: 'ecc',
    probe: () => {
      const devices = controllers().map(
        (name) => `${name} (${readText(join(root, name, 'mc_name'))?.trim() || 'no name'})`,
      );
      const missing =
        'no memory controller that counts errors: this needs ECC memory and the EDAC driver of the chipset (amd64_edac, skx_edac, i10nm_edac, ie31200_edac …)';
      return { devices, missing: devices.length === 0 ? missing : null };
    },
    read: () =>
      controllers().flatMap((name) => {
        const counts = Object.values(ERRORS).map((kind) => readNumber(join(root, name, `${kind}_count`)));
        const key = counts.join(' ');
        if (looked.get(name) !== key) {
          looked.set(name, key);
          latest.set(name, dimms(name)); // they can only have changed with their controller
        }
        const [corrected = null, uncorrected = null] = counts;
        return [
          reading(name, `ecc/${name}`, 'corrected', corrected),
          reading(name, `ecc/${name}`, 'uncorrected', uncorrected),
          ...(latest.get(name) ?? []),
        ];
      }),
  };
}
