import type { EventPart } from '../bmc.ts';
import { isResource, link, number, part, type Resource, text } from './fields.ts';

/*
 * What an entry of a Redfish log says of a component: the one that it links to as its origin, by the name that its readings have,
 * or the sensor whose type and number it gives. An entry of the whole server, its manager or its accounts is about no component.
 */

type Get = (path: string) => Promise<Resource>;

const SEVERITIES: Readonly<Record<string, 'warning' | 'critical'>> = { Warning: 'warning', Critical: 'critical' };
/** Of a system or a chassis: something that belongs to it. */
const BELOW = /^\/redfish\/v1\/(?:Systems|Chassis)\/[^/#]+\/([^#]+?)\/?(?:#(\/.*))?$/;

export const hasPassed = (entry: Resource) => /^deassert/i.test(text(entry, 'EntryCode')) || entry.Resolved === true;

/** `get` is asked for the origin, once; one that cannot be had is named by its path. */
export async function logPart(get: Get, entry: Resource): Promise<EventPart | undefined> {
  const asserted = !hasPassed(entry);
  const level = SEVERITIES[text(entry, 'Severity')] ?? (asserted ? undefined : 'critical');
  if (level === undefined) return undefined;
  const name = (await originName(get, entry)) ?? sensorName(entry);
  return name === null ? undefined : { component: `bmc/${name}`.slice(0, 96), level, asserted };
}

async function originName(get: Get, entry: Resource): Promise<string | null> {
  const path = link(part(entry, 'Links', 'OriginOfCondition'));
  const [, below, pointer = ''] = BELOW.exec(path ?? '') ?? [];
  if (path === null || below === undefined) return null;
  const steps = pointer.split('/').slice(1);
  let at: unknown = await get(path.replace(/#.*$/, '')).catch(() => null);
  for (const step of steps) at = Array.isArray(at) ? at[Number(step)] : isResource(at) ? at[step] : null;
  const named = isResource(at) ? text(at, 'Name', 'FanName') : '';
  return named || [...below.split('/'), ...steps].slice(-2).join('/');
}

function sensorName(entry: Resource): string | null {
  const [type, sensor] = [text(entry, 'SensorType'), number(entry, 'SensorNumber')];
  return type === '' || sensor === null ? null : `${type} ${sensor}`;
}
