import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Reading } from '../protocol/reading.ts';
import { criticalLimit, judge, type Limits } from './limits.ts';
import { NameBook, nameFrom } from './name-book.ts';
import { JumpFilter, plausible } from './plausible.ts';
import type { Machine, Sensor } from './sensor.ts';
import { listFolder, parseNumber, readNumber, readText } from './text-file.ts';
import { withinMs } from './within-ms.ts';

const MAX_ZONES = 64;
const ANSWER_MS = 500;

interface Zone {
  readonly sensor: string;
  readonly file: string;
  readonly limits: Limits;
  readonly filter: JumpFilter;
}

/** Thermal zones (Documentation/driver-api/thermal/sysfs-api.rst). Firmware answers for some, so they are read asynchronously. */
export function thermalSensor({ sysroot }: Machine): Sensor {
  const root = join(sysroot, 'sys/class/thermal');
  const names = new NameBook();
  const zones = new Map<string, Zone>();
  const pending = new Set<string>();
  const present = () => listFolder(root).filter((name) => /^thermal_zone[0-9]+$/.test(name));

  function zone(name: string): Zone {
    const type = nameFrom(readText(join(root, name, 'type')) ?? '') || name;
    const sensor = names.nameFor(`${name} ${type}`, `thermal/${type}`);
    const known = zones.get(name);
    if (known?.sensor === sensor) return known;
    const found = {
      sensor,
      file: join(root, name, 'temp'),
      limits: tripPoints(join(root, name)),
      filter: new JumpFilter(),
    };
    zones.set(name, found);
    return found;
  }
  async function read({ sensor, file, limits, filter }: Zone): Promise<Reading> {
    let milli: number | null = null;
    if (!pending.has(file)) {
      pending.add(file);
      const answer = readFile(file, 'utf8').finally(() => pending.delete(file));
      milli = parseNumber(await withinMs(answer, ANSWER_MS));
    }
    const value = filter.pass(plausible(milli === null ? null : milli / 1000, 'C'), 'C');
    return { sensor, value, unit: 'C', ...judge(value, limits), ...criticalLimit('C', limits) };
  }

  return {
    kind: 'thermal',
    probe: () => {
      const devices = present().map((name) => zone(name).sensor.slice('thermal/'.length));
      return { devices, missing: devices.length === 0 ? 'no thermal zone: usual in a virtual machine' : null };
    },
    read: () =>
      Promise.all(
        present()
          .slice(0, MAX_ZONES)
          .map((name) => read(zone(name))),
      ),
  };
}

/** `hot`: the system is told; `critical`: it is switched off. `active` and `passive` only start the cooling. */
function tripPoints(folder: string): Limits {
  const limits: { -readonly [K in keyof Limits]: number } = {};
  for (const file of listFolder(folder)) {
    const [, trip] = /^(trip_point_[0-9]+)_type$/.exec(file) ?? [];
    if (trip === undefined) continue;
    const milli = readNumber(join(folder, `${trip}_temp`));
    if (milli === null || milli <= 0) continue;
    const type = readText(join(folder, file))?.trim();
    if (type === 'critical') limits.criticalAbove = milli / 1000;
    if (type === 'hot') limits.warningAbove = milli / 1000;
  }
  return limits;
}
