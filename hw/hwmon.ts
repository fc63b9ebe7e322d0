import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Reading } from '../protocol/reading.ts';
import { type Chip, findChips, type Input } from './hwmon-inputs.ts';
import { criticalLimit, judge } from './limits.ts';
import { NameBook } from './name-book.ts';
import { JumpFilter, plausible } from './plausible.ts';
import type { Machine, Sensor } from './sensor.ts';
import { listFolder, parseNumber, readText } from './text-file.ts';
import { withinMs } from './within-ms.ts';

/*
 * Temperatures, fans, voltages, currents and power from hwmon chips. Reading a file takes 10 µs at once and 35 µs through
 * the thread pool, but a chip behind a slow bus, or a disk that must be asked, would hold up the whole agent: so each chip is
 * read through the pool until it has shown to be quick, and again as soon as it is not.
 */

const MAX_INPUTS = 200;
const SCAN_AGAIN_MS = 300_000; // limits may be set at any time
const QUICK_MS_PER_FILE = 0.5;
const TOO_SLOW_MS = 5;
const ANSWER_MS = 500;
/** A command to a disk for each value: quick only as long as the disk is. */
const ASKS_A_DISK = /^(drivetemp|nvme)$/;

interface ChipState {
  pace: 'unknown' | 'quick' | 'slow';
  pending: boolean; // asked and not answered: it is not asked once more
}

export function hwmonSensor({ sysroot }: Machine): Sensor {
  const root = join(sysroot, 'sys/class/hwmon');
  const names = new NameBook();
  const states = new Map<string, ChipState>();
  const filters = new Map<string, JumpFilter>();
  let chips: readonly Chip[] = [];
  let scanned: { readonly atMs: number; readonly folders: string } | null = null;
  let scanning = false;

  const nameOf = (chip: Chip, input: Input) =>
    names.nameFor(`${chip.key}/${input.key}`, `hwmon/${chip.name}/${input.label}`);

  async function scan(nowMs: number): Promise<void> {
    const folders = listFolder(root).filter((name) => /^hwmon[0-9]+$/.test(name));
    const key = folders.join(' ');
    if (scanning || (scanned?.folders === key && nowMs - scanned.atMs < SCAN_AGAIN_MS)) return;
    scanning = true;
    const looking = findChips(root, folders).finally(() => {
      scanning = false;
    });
    const found = await withinMs(looking, ANSWER_MS);
    if (!found) return; // a bus that hangs: what is known is read on
    chips = found;
    for (const chip of chips) for (const input of chip.inputs) nameOf(chip, input); // in their order, not as they answer
    scanned = { atMs: nowMs, folders: key };
  }

  const reading = (chip: Chip, input: Input, raw: number | null, alarm: number | null): Reading => {
    const key = `${chip.key}/${input.key}`;
    const sensor = nameOf(chip, input);
    const filter = filters.get(key) ?? new JumpFilter();
    filters.set(key, filter);
    const measured = plausible(raw === null ? null : raw / input.divisor, input.unit);
    const value = filter.pass(measured, input.unit);
    const { unit, limits } = input;
    if (value !== null && input.alarmFile !== null && alarm !== null)
      return { sensor, value, unit, level: alarm === 1 ? 'warning' : 'ok' };
    return { sensor, value, unit, ...judge(value, limits), ...criticalLimit(unit, limits) };
  };
  const silent = (chip: Chip) => chip.inputs.map((input) => reading(chip, input, null, null));

  function readQuick(chip: Chip, state: ChipState): Reading[] {
    const from = performance.now();
    const number = (file: string | null) => (file === null ? null : parseNumber(readText(file)));
    const readings = chip.inputs.map((input) => {
      const faulty = number(input.faultFile) === 1;
      return reading(chip, input, faulty ? null : number(input.file), number(input.alarmFile));
    });
    if (performance.now() - from > TOO_SLOW_MS) state.pace = 'slow';
    return readings;
  }
  async function readSlow(chip: Chip, state: ChipState): Promise<Reading[]> {
    if (state.pending) return silent(chip);
    state.pending = true;
    const from = performance.now();
    const number = async (file: string | null) =>
      file === null ? null : parseNumber(await readFile(file, 'utf8').catch(() => null));
    const all = Promise.all(
      chip.inputs.map(async (input) => {
        const [fault, raw, alarm] = [number(input.faultFile), number(input.file), number(input.alarmFile)];
        return [(await fault) === 1 ? null : await raw, await alarm] as const;
      }),
    ).finally(() => {
      state.pending = false;
    });
    const values = await withinMs(all, ANSWER_MS);
    if (!values) return silent(chip);
    const tookMs = performance.now() - from;
    if (state.pace === 'unknown' && tookMs < QUICK_MS_PER_FILE * chip.inputs.length && !ASKS_A_DISK.test(chip.name))
      state.pace = 'quick';
    return chip.inputs.map((input, i) => reading(chip, input, values[i]![0], values[i]![1]));
  }
  function readChip(chip: Chip): Reading[] | Promise<Reading[]> {
    const state = states.get(chip.key) ?? { pace: 'unknown', pending: false };
    states.set(chip.key, state);
    return state.pace === 'quick' ? readQuick(chip, state) : readSlow(chip, state);
  }

  return {
    kind: 'hwmon',
    probe: async () => {
      const found = await findChips(root, listFolder(root));
      const missing =
        'no hwmon chip: load its driver (coretemp, k10temp, nct6775, drivetemp …; sensors-detect of the package lm-sensors names it). Usual in a virtual machine';
      return {
        devices: found.map(({ name, inputs }) => `${name}: ${inputs.length} values`),
        missing: found.length === 0 ? missing : null,
      };
    },
    read: async (nowMs) => {
      await scan(nowMs);
      return (await Promise.all(chips.map(readChip))).flat().slice(0, MAX_INPUTS);
    },
  };
}
