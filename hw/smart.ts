import type { Reading } from '../protocol/reading.ts';
import { NameBook } from './name-book.ts';
import type { Found, Machine, Sensor } from './sensor.ts';
import { parseScan, parseSmart } from './smart-json.ts';

/*
 * What disks say of their own health, through smartctl. A run takes a disk's time and starts a process, and nothing changes
 * from one minute to the next: so all disks are asked one after the other, every half hour, beside everything else. A disk
 * that sleeps is not woken; what it said last still holds, but for its temperature.
 */

const EVERY_MS = 1_800_000;
const RUN_MS = 30_000;
const MAX_DISKS = 64;
const ASK = [
  '--json',
  '-n',
  'standby',
  '-H',
  '-A',
  ...['devstat,7', 'selftest', 'error'].flatMap((log) => ['-l', log]),
];
/** A scan opens no disk and calls those of SATA `scsi`: taken at its word, smartctl would ask them as what they are not. */
const FOUND_BY_ITSELF = /^(ata|sat|scsi|nvme)$/;
const NOT_INSTALLED = 'smartctl is not installed: apt install smartmontools';

interface Disk {
  readonly device: string;
  readonly type: string;
  readonly readings: readonly Reading[];
  readonly state: string; // for people: '' when it answered
}

export function smartSensor({ run }: Machine, everyMs = EVERY_MS): Sensor {
  const names = new NameBook();
  let disks = new Map<string, Disk>();
  let trouble: string | null = null;
  let dueMs: number | null = null;
  let round: Promise<void> | null = null;

  async function scan(): Promise<ReturnType<typeof parseScan>> {
    const scanned = await run('smartctl', ['--scan', '--json'], RUN_MS);
    trouble = scanned === null ? NOT_INSTALLED : null;
    return scanned === null ? [] : parseScan(scanned.output).slice(0, MAX_DISKS);
  }
  async function ask(device: string, type: string, before: Disk | undefined): Promise<Disk> {
    const short = device.slice('/dev/'.length) + (/,/.test(type) ? ` ${type}` : '');
    const name = names.nameFor(`${device} ${type}`, `smart/${short}`.slice(0, 64));
    const unknown = (before?.readings ?? []).map(({ level, limit, ...rest }): Reading => ({ ...rest, value: null }));
    const driver = FOUND_BY_ITSELF.test(type) ? [] : ['-d', type];
    try {
      const ran = await run('smartctl', [...ASK, ...driver, device], RUN_MS);
      if (ran === null) return { device, type, readings: unknown, state: NOT_INSTALLED };
      const answer = parseSmart(name, ran.output, ran.code);
      if (answer.kind === 'readings') return { device, type, readings: answer.readings, state: '' };
      if (answer.kind === 'none') return { device, type, readings: unknown, state: answer.detail };
      const held = (before?.readings ?? []).map((reading, i) => (reading.unit === 'C' ? unknown[i]! : reading));
      return { device, type, readings: held, state: 'asleep' };
    } catch (error) {
      return { device, type, readings: unknown, state: `no answer: ${(error as Error).message.slice(0, 100)}` };
    }
  }
  async function askAll(): Promise<void> {
    try {
      const found = await scan();
      const asked = new Map<string, Disk>();
      for (const { device, type } of found) {
        const key = `${device} ${type}`;
        asked.set(key, await ask(device, type, disks.get(key)));
      }
      disks = asked; // one that is gone has no readings
    } catch (error) {
      disks = new Map();
      trouble = `smartctl failed: ${(error as Error).message.slice(0, 100)}`;
    }
  }
  const begin = () => {
    round ??= askAll().finally(() => {
      round = null;
    });
    return round;
  };
  function found(): Found {
    const silent = [...disks.values()].filter(({ state }) => state !== '' && state !== 'asleep');
    const missing =
      trouble ??
      (disks.size === 0
        ? 'smartctl found no disk (virtual disks have no SMART)'
        : silent.map(({ device, state }) => `${device}: ${state}`).join('; ') || null);
    const devices = [...disks.values()].map(
      ({ device, type, state }) => `${device} (${type}${state === 'asleep' ? ', asleep' : ''})`,
    );
    return { devices, missing };
  }

  return {
    kind: 'smart',
    probe: async () => {
      await begin();
      return found();
    },
    read: (nowMs) => {
      if (dueMs === null || nowMs >= dueMs) {
        if (round === null) void begin();
        dueMs = nowMs + everyMs;
      }
      return [...disks.values()].flatMap(({ readings }) => readings);
    },
    settled: async () => {
      await round;
    },
  };
}
