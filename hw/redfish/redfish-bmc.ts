import { setTimeout as delay } from 'node:timers/promises';
import type { RedfishConfig } from '../../protocol/bmc-config.ts';
import { OperatingError } from '../../protocol/errors.ts';
import type { Reading } from '../../protocol/reading.ts';
import type { Bmc } from '../bmc.ts';
import { inTurn } from '../in-turn.ts';
import { isSerialNumber } from '../serial-number.ts';
import { uniquelyNamed } from '../unique-names.ts';
import { link, links, part, type Resource, text } from './fields.ts';
import { openRedfishLog } from './log.ts';
import { chassisReadings, powerReadings, systemReadings, thermalReadings } from './parse-readings.ts';
import { openSession, ROOT } from './session.ts';

/*
 * A BMC through Redfish. Where its resources are is found once, by following the service's own links, and found again when
 * one is no more there. A cycle reads, one after the other on one connection, the system, and of each of its chassis the
 * chassis, Thermal and Power.
 */

/** The first look follows all links. */
const FINDING_FACTOR = 6;
const MAX_CHASSIS = 8;
const CLOSE_MS = 2500;

interface Found {
  readonly system: string;
  readonly chassis: readonly string[];
}

export function openRedfishBmc(config: RedfishConfig): Bmc {
  const session = openSession(config);
  const { name } = session;
  const queue = inTurn();
  const log = openRedfishLog();
  let found: Found | null = null;

  const alone = <T>(work: (untilMs: number) => Promise<T>, factor = 1) =>
    queue(name, async () => {
      try {
        return await work(performance.now() + factor * config.timeoutMs);
      } catch (error) {
        found = null; // after new firmware its resources may be elsewhere
        throw error;
      }
    });
  const refuse = (why: string) => new OperatingError('BMC_REFUSED', `${name} ${why}`);

  async function find(untilMs: number): Promise<Found> {
    if (found !== null) return found;
    const root = await session.get(ROOT, untilMs);
    const system = await theSystem(link(part(root, 'Systems')) ?? `${ROOT}Systems`, untilMs);
    const own = links(part(await session.get(system, untilMs), 'Links'), 'Chassis');
    const chassis =
      own.length > 0
        ? own
        : links(await session.get(link(part(root, 'Chassis')) ?? `${ROOT}Chassis`, untilMs), 'Members');
    found = { system, chassis: chassis.slice(0, MAX_CHASSIS) };
    return found;
  }
  /** The one system, or the one that the configuration names: which of several is meant must not be guessed. */
  async function theSystem(collection: string, untilMs: number): Promise<string> {
    const members = links(await session.get(collection, untilMs), 'Members');
    const ids = members.map((path) => path.split('/').filter(Boolean).at(-1) ?? path);
    const at = config.system === undefined ? 0 : ids.indexOf(config.system);
    const system = members[at];
    if (system === undefined || (config.system === undefined && members.length > 1))
      throw refuse(
        config.system === undefined && members.length === 0
          ? 'has no system'
          : `has the systems ${ids.join(', ').slice(0, 200)}: 'system' in its configuration must name one of them`,
      );
    return system;
  }
  const systemOf = async (untilMs: number) => session.get((await find(untilMs)).system, untilMs);

  const reset = (wanted: readonly string[]) =>
    alone(async (untilMs) => {
      const system = await systemOf(untilMs);
      const action = part(system, 'Actions', '#ComputerSystem.Reset');
      const allowed = action['ResetType@Redfish.AllowableValues'];
      const type = Array.isArray(allowed) ? wanted.find((each) => allowed.includes(each)) : wanted[0];
      if (type === undefined)
        throw refuse(`does not know the reset ${wanted.join(' or ')}, only ${allowed}`.slice(0, 300));
      const target = link({ '@odata.id': action.target });
      const { system: path } = await find(untilMs);
      await session.post(
        target ?? `${path.replace(/\/$/, '')}/Actions/ComputerSystem.Reset`,
        { ResetType: type },
        untilMs,
      );
    });

  /** A part that the service refuses costs its own readings only; one that gives none at all is an error of the whole. */
  async function read(untilMs: number): Promise<Reading[]> {
    const { system, chassis } = await find(untilMs);
    const readings: Reading[] = [];
    let refusal: unknown = null;
    const add = async (path: string | null, parse: (resource: Resource) => Reading[]): Promise<Resource> => {
      if (path === null) return {};
      try {
        const resource = await session.get(path, untilMs);
        readings.push(...parse(resource));
        return resource;
      } catch (error) {
        if (!(error instanceof OperatingError) || error.code !== 'BMC_REFUSED') throw error;
        refusal ??= error;
        return {};
      }
    };
    for (const path of chassis) {
      const about = await add(path, chassisReadings);
      await add(link(part(about, 'Thermal')), thermalReadings);
      await add(link(part(about, 'Power')), powerReadings);
    }
    await add(system, systemReadings);
    if (readings.length === 0) throw refusal ?? refuse('has no readings: neither Thermal nor Power in any chassis');
    if (refusal !== null) found = null; // found anew, in case that it is elsewhere now
    return uniquelyNamed(readings);
  }

  return {
    power: () =>
      alone(async (untilMs) => {
        const state = text(await systemOf(untilMs), 'PowerState');
        if (state === 'Off') return 'off';
        if (/^(On|PoweringOn|PoweringOff|Paused)$/.test(state)) return 'on'; // on its way off is not off
        throw refuse(`does not say whether its system has power: PowerState is ${JSON.stringify(state)}`);
      }),
    powerOff: () => reset(['ForceOff']),
    powerOn: () => reset(['On', 'ForceOn']),
    identity: () =>
      alone(async (untilMs) => {
        const system = await systemOf(untilMs);
        const [guid, serial] = [text(system, 'UUID').toLowerCase(), text(system, 'SerialNumber')];
        return {
          guid: /^[0-9a-f-]{36}$/.test(guid) && !/^([0-]*|[f-]*)$/.test(guid) ? guid : '',
          serial: isSerialNumber(serial) ? serial.slice(0, 128) : '',
        };
      }),
    inventory: () =>
      alone(async (untilMs) => {
        const system = await systemOf(untilMs);
        const fields = ['Manufacturer', 'Model', 'SerialNumber', 'PartNumber', 'SKU', 'AssetTag', 'BiosVersion'];
        const known = fields.map((field) => [field, text(system, field).slice(0, 128)] as const);
        return new Map(known.filter(([, value]) => value !== ''));
      }),
    events: () =>
      alone(async (untilMs) => log.look((path) => session.get(path, untilMs), (await find(untilMs)).system)),
    sensors: () => alone(read, found === null ? FINDING_FACTOR : 1),
    close: async () => {
      const late = new AbortController();
      const closed = queue(name, () => session.close()).finally(() => late.abort());
      // after what is asked at present, which a slow service can draw out: whoever ends does not wait for that
      await Promise.race([closed, delay(CLOSE_MS, undefined, { signal: late.signal }).catch(() => undefined)]);
    },
  };
}
