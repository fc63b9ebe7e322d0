import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { IpmiConfig } from '../../protocol/bmc-config.ts';
import { sha256Of } from '../../protocol/checksum.ts';
import { OperatingError } from '../../protocol/errors.ts';
import type { Reading } from '../../protocol/reading.ts';
import type { Bmc } from '../bmc.ts';
import { inTurn } from '../in-turn.ts';
import { uniquelyNamed } from '../unique-names.ts';
import { type Answer, openIpmitool } from './ipmitool.ts';
import { parseFru, serialOf } from './parse-fru.ts';
import {
  chassisReadings,
  dcmiReading,
  GET_CHASSIS_STATUS,
  GET_DCMI_POWER,
  GET_DEVICE_ID,
  GET_SDR_INFO,
  GET_SEL_INFO,
  GET_SYSTEM_GUID,
  guidText,
  parseRaw,
  type RawRequest,
  rawAnswers,
  rawLine,
} from './parse-raw.ts';
import { getSelEntry, type SelMark, selMark, selRecords, selTexts } from './parse-sel.ts';
import { parseLimits, parseSensors, type SensorLimits } from './parse-sensors.ts';
import { selMemory } from './sel-memory.ts';
import { openSelReader } from './sel-reader.ts';

/*
 * A BMC through ipmitool. Each cycle is one run, one session: who answers, whether its sensors' descriptions (SDR) and its
 * log are still those known, chassis, power and all sensors. The descriptions are kept in a file, which makes the cycle four
 * times cheaper; ipmitool never checks such a file, so its name is made of all that changes when they do.
 */

/** A refusal is not asked again; a lost packet is, once. */
const RETRY_AFTER_MS = 250;
/** Reading all descriptions and limits takes some hundred requests, once. */
const DESCRIBING_FACTOR = 6;

interface Described {
  readonly key: string; // of what `file` and `limits` were read from
  readonly file: string | null;
  readonly limits: ReadonlyMap<string, SensorLimits>;
  readonly dcmi: boolean;
}

export function openIpmiBmc(config: IpmiConfig, directory: string): Bmc {
  const tool = openIpmitool(config, directory);
  const queue = inTurn();
  const alone = <T>(work: () => Promise<T>) => queue(tool.name, work);
  let described: Described | null = null;
  let selNow: SelMark | null = null;

  const run: typeof tool.run = async (commands, options) => {
    const from = performance.now();
    try {
      return await tool.run(commands, options);
    } catch (error) {
      const leftMs = Math.floor(config.timeoutMs - (performance.now() - from) - RETRY_AFTER_MS);
      if (!(error instanceof OperatingError) || error.code !== 'BMC_UNREACHABLE' || leftMs < 2500) throw error;
      await delay(RETRY_AFTER_MS);
      return tool.run(commands, { ...options, limitMs: leftMs });
    }
  };

  const refused = (what: string, answer: Answer) => {
    const said = [...answer.errors, ...answer.lines].join('; ').slice(0, 200) || 'nothing';
    return new OperatingError('BMC_REFUSED', `${tool.name} refused '${what}': it said ${said}`);
  };
  const switchPower = (command: string, accepted: RegExp) =>
    alone(async () => {
      const answer = await run([command]);
      if (!answer.succeeded || !answer.lines.some((line) => accepted.test(line))) throw refused(command, answer);
    });

  /** What the sensors are: their descriptions into a file, their limits, whether power can be measured. Once per key. */
  async function describe(key: string): Promise<Described> {
    const limitMs = config.timeoutMs * DESCRIBING_FACTOR;
    const file = tool.directory === null ? null : await dump(tool.directory, key, limitMs);
    const [dcmi = null] = await raw([GET_DCMI_POWER]);
    const detailed = await tool.run(['-v sensor'], { sdrCache: file, limitMs });
    return { key, file, limits: parseLimits(detailed.lines), dcmi: dcmi !== null };
  }
  async function dump(folder: string, key: string, limitMs: number): Promise<string | null> {
    const file = `sdr-${key}`;
    if (existsSync(join(folder, file))) return file;
    const temporary = 'sdr.new';
    rmSync(join(folder, temporary), { force: true });
    const dumped = await tool.run([`sdr dump ${temporary}`], { limitMs });
    if (!dumped.succeeded || !existsSync(join(folder, temporary))) return null;
    for (const old of readdirSync(folder)) if (/^sdr-/.test(old)) rmSync(join(folder, old), { force: true });
    renameSync(join(folder, temporary), join(folder, file));
    return file;
  }

  async function raw(requests: readonly RawRequest[]) {
    const answer = await run(requests.map(rawLine));
    return parseRaw(requests, answer.lines, answer.errors);
  }

  const readRecords = async (ids: readonly number[]) => {
    const requests = ids.map((id) => rawLine(getSelEntry(id)));
    return selRecords(rawAnswers((await run(requests, { once: true })).lines));
  };
  const log = openSelReader(
    readRecords,
    async (ids) => selTexts((await run([`sel get ${ids.join(' ')}`], { sdrCache: described?.file ?? null })).lines),
    selMemory(tool.directory, tool.name),
  );

  async function poll(): Promise<{ readonly key: string; readonly readings: Reading[] }> {
    const requests = [
      ...[GET_DEVICE_ID, GET_SDR_INFO, GET_SEL_INFO, GET_CHASSIS_STATUS],
      ...(described?.dcmi ? [GET_DCMI_POWER] : []),
    ];
    const answer = await run([...requests.map(rawLine), 'sdr elist all'], { sdrCache: described?.file ?? null });
    const [device = null, sdr = null, sel = null, chassis = null, power = null] = parseRaw(
      requests,
      answer.lines,
      answer.errors,
    );
    selNow = sel === null ? null : selMark(sel);
    const readings = uniquelyNamed([
      ...parseSensors(answer.lines, described?.limits),
      ...chassisReadings(chassis),
      ...dcmiReading(power),
    ]);
    if (readings.length === 0) throw refused('sdr elist all', answer);
    return { key: keyOf(tool.name, device, sdr), readings };
  }

  return {
    power: () =>
      alone(async () => {
        const answer = await run(['chassis power status']);
        const said = answer.lines.flatMap((line) => /^Chassis Power is (on|off)$/.exec(line)?.[1] ?? []);
        if (!answer.succeeded || said.length !== 1) throw refused('chassis power status', answer);
        return said[0] === 'on' ? 'on' : 'off';
      }),
    powerOff: () => switchPower('chassis power off', /^Chassis Power Control: Down\/Off$/),
    powerOn: () => switchPower('chassis power on', /^Chassis Power Control: Up\/On$/),
    identity: () =>
      alone(async () => {
        const answer = await run([rawLine(GET_SYSTEM_GUID), 'fru print 0']);
        const [guid = null] = parseRaw([GET_SYSTEM_GUID], answer.lines, answer.errors);
        return { guid: guidText(guid), serial: serialOf(parseFru(answer.lines)) };
      }),
    inventory: () => alone(async () => parseFru((await run(['fru print 0'])).lines)),
    sensors: () =>
      alone(async () => {
        if (described === null) {
          const [device = null, sdr = null] = await raw([GET_DEVICE_ID, GET_SDR_INFO]);
          described = await describe(keyOf(tool.name, device, sdr));
        }
        const polled = await poll();
        if (polled.key === described.key) return polled.readings;
        described = await describe(polled.key); // new firmware, or its sensors have changed: what was read is not to be trusted
        return (await poll()).readings;
      }),
    events: () =>
      alone(async () => {
        if (selNow === null) selNow = selMark((await raw([GET_SEL_INFO]))[0] ?? []);
        const mark = selNow;
        selNow = null; // asked for anew, by the next cycle or the next call
        return mark === null ? [] : log.look(mark);
      }),
  };
}

/** Changes with the BMC, its firmware and its repository: device id, and version, size and times of the repository. */
function keyOf(name: string, device: readonly number[] | null, sdr: readonly number[] | null): string {
  return sha256Of(JSON.stringify([name, device, sdr]))
    .toString('hex')
    .slice(0, 16);
}
