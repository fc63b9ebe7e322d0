import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Level, Reading, Unit } from '../protocol/reading.ts';
import { uniquelyNamed } from './unique-names.ts';

/*
 * Linux hwmon (Documentation/hwmon/sysfs-interface.rst) and thermal zones: one text file per value. A chip may sit behind a
 * slow bus, so files are read asynchronously. The list of files is made once: chips do not come and go on a server.
 */

interface Input {
  readonly sensor: string;
  readonly file: string;
  readonly unit: Unit;
  readonly divisor: number; // from the file's unit to ours
  /** The chip's own limits, in `unit`. */
  readonly limits: {
    readonly warning?: number | undefined;
    readonly critical?: number | undefined;
    readonly low?: number | undefined;
  };
}

const KINDS: Readonly<Record<string, { unit: Unit; divisor: number }>> = {
  temp: { unit: 'C', divisor: 1000 }, // millidegrees
  fan: { unit: 'RPM', divisor: 1 },
  in: { unit: 'V', divisor: 1000 }, // millivolts
  power: { unit: 'W', divisor: 1_000_000 }, // microwatts
  curr: { unit: 'A', divisor: 1000 },
};
const MAX_INPUTS = 200;
const NAME_CHARS = 96;

export function createHwmonSensors(sysroot: string): () => Promise<Reading[]> {
  let inputs: Promise<Input[]> | null = null;
  return async () => {
    inputs ??= findInputs(sysroot);
    return Promise.all((await inputs).map(read));
  };
}

async function read(input: Input): Promise<Reading> {
  const raw = await number(input.file);
  const value = raw === null ? null : raw / input.divisor;
  return { sensor: input.sensor, value, unit: input.unit, ...judge(value, input.limits) };
}

/** As the device judges itself, where it names limits. */
function judge(value: number | null, limits: Input['limits']): { level?: Level; limit?: number } {
  const { warning, critical, low } = limits;
  if (value === null || (warning === undefined && critical === undefined && low === undefined)) return {};
  if (critical !== undefined && value >= critical) return { level: 'critical', limit: critical };
  if (low !== undefined && value < low) return { level: 'critical', limit: low };
  if (warning !== undefined && value >= warning) return { level: 'warning', limit: warning };
  return { level: 'ok' };
}

async function findInputs(sysroot: string): Promise<Input[]> {
  const found = [...(await chipInputs(join(sysroot, 'sys/class/hwmon'))), ...(await thermalInputs(sysroot))];
  return uniquelyNamed(found).slice(0, MAX_INPUTS);
}

async function chipInputs(root: string): Promise<Input[]> {
  const inputs: Input[] = [];
  for (const chip of await list(root)) {
    const folder = join(root, chip);
    const name = (await text(join(folder, 'name'))) ?? chip;
    for (const file of await list(folder)) {
      const [, kind, index] = /^(temp|fan|in|power|curr)([0-9]+)_input$/.exec(file) ?? [];
      const known = KINDS[kind ?? ''];
      if (kind === undefined || !known) continue;
      const base = join(folder, `${kind}${index}`);
      const label = (await text(`${base}_label`)) ?? `${kind}${index}`;
      const limit = async (suffix: string) => {
        const raw = await number(`${base}_${suffix}`);
        return raw === null || raw <= 0 ? undefined : raw / known.divisor; // 0 is what drivers write where none is set
      };
      inputs.push({
        sensor: `hwmon/${name}/${label}`.slice(0, NAME_CHARS),
        file: `${base}_input`,
        ...known,
        limits:
          kind === 'temp'
            ? { warning: await limit('max'), critical: await limit('crit') }
            : kind === 'fan'
              ? { low: await limit('min') }
              : {},
      });
    }
  }
  return inputs;
}

async function thermalInputs(sysroot: string): Promise<Input[]> {
  const root = join(sysroot, 'sys/class/thermal');
  const inputs: Input[] = [];
  for (const zone of await list(root)) {
    if (!/^thermal_zone[0-9]+$/.test(zone)) continue;
    const type = (await text(join(root, zone, 'type'))) ?? zone;
    const sensor = `thermal/${type}`.slice(0, NAME_CHARS);
    inputs.push({ sensor, file: join(root, zone, 'temp'), unit: 'C', divisor: 1000, limits: {} });
  }
  return inputs;
}

async function list(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.sort(new Intl.Collator('en', { numeric: true }).compare);
}
async function text(file: string): Promise<string | null> {
  const content = await readFile(file, 'utf8').catch(() => null);
  return content?.trim() || null;
}
async function number(file: string): Promise<number | null> {
  const content = await text(file);
  return content !== null && /^-?[0-9]+$/.test(content) ? Number(content) : null;
}
