import type { BmcEvent, EventPart } from '../bmc.ts';
import { link, links, number, part, parts, type Resource, text } from './fields.ts';
import { hasPassed, logPart } from './log-part.ts';

/*
 * The log of a Redfish service (LogServices): of its entries only whole pages can be asked for, in an order that differs from
 * service to service. So the newest page is read now and then, and what was not on the one before and is not older than it
 * is new.
 */

type Get = (path: string) => Promise<Resource>;

/** The log that tells of hardware, by the names that makers give it; the others are about logins, dumps and boot codes. */
const NAMES = [/^sel$/i, /^iml$/i, /^platformlog$/i, /^event_?log$/i, /^log1$/i];
/** A page is hundreds of kilobytes with some services, so not every look reads one. */
const EVERY_LOOKS = 6;
/** Of one look, which are asked for the name of what entries are about. */
const MAX_ORIGINS = 4;

export interface RedfishLog {
  /** What is new; the first look only finds where the log ends. */
  look(get: Get, system: string): Promise<BmcEvent[]>;
}

export function openRedfishLog(): RedfishLog {
  let entries: string | null | undefined;
  let looks = 0;
  let known: { readonly keys: ReadonlySet<string>; readonly newest: string } | null = null;

  return {
    look: async (get, system) => {
      if (looks++ % EVERY_LOOKS !== 0) return [];
      entries ??= await findEntries(get, system);
      if (entries === null) return [];
      let page: Resource[];
      try {
        page = await newestPage(get, entries);
      } catch (error) {
        entries = undefined; // it may be elsewhere now
        throw error;
      }
      const before = known;
      const newest = page.map(createdOf).sort().at(-1) ?? '';
      known = { keys: new Set(page.map(keyOf)), newest };
      if (before === null) return [];
      const fresh = page
        .filter((entry) => !before.keys.has(keyOf(entry)) && createdOf(entry) >= before.newest)
        .sort((a, b) => (createdOf(a) < createdOf(b) ? -1 : createdOf(a) > createdOf(b) ? 1 : 0));
      const events: BmcEvent[] = [];
      const asked = new Map<string, Promise<Resource>>();
      const origin = (path: string) => {
        const known = asked.get(path);
        if (known) return known;
        if (asked.size === MAX_ORIGINS) return Promise.reject(new Error('too many'));
        const answer = get(path);
        asked.set(path, answer);
        return answer;
      };
      for (const entry of fresh) events.push(eventOf(entry, await logPart(origin, entry)));
      return events;
    },
  };
}

/** The entries of the system's hardware log, or of its manager's; null where there is none. */
async function findEntries(get: Get, system: string): Promise<string | null> {
  const about = await get(system);
  const managers = links(part(about, 'Links'), 'ManagedBy').slice(0, 1);
  for (const holder of [about, ...managers]) {
    const services = link(part(typeof holder === 'string' ? await get(holder) : holder, 'LogServices'));
    if (services === null) continue;
    const members = links(await get(services), 'Members');
    const nameOf = (path: string) => path.split('/').filter(Boolean).at(-1) ?? '';
    const chosen = NAMES.flatMap((name) => members.find((path) => name.test(nameOf(path))) ?? [])[0];
    if (chosen !== undefined) return link(part(await get(chosen), 'Entries'));
  }
  return null;
}

/** Services that give the oldest first and only so many at once are asked for the last ones. */
async function newestPage(get: Get, entries: string): Promise<Resource[]> {
  const first = await get(entries);
  const members = told(first);
  const count = number(first, 'Members@odata.count');
  const [oldest, last] = [members[0], members.at(-1)];
  const isWhole = text(first, 'Members@odata.nextLink') === '' || count === null || count <= members.length;
  if (isWhole || oldest === undefined || last === undefined || createdOf(oldest) > createdOf(last)) return members;
  return told(await get(`${entries}?$skip=${Math.max(count - members.length, 0)}`));
}

/** Entries that are only links tell nothing: each would have to be fetched. */
const told = (page: Resource) => parts(page, 'Members').filter((entry) => text(entry, 'Message') !== '');

const createdOf = (entry: Resource) => text(entry, 'Created');
const keyOf = (entry: Resource) => `${text(entry, 'Id')} ${createdOf(entry)} ${text(entry, 'Message')}`;

function eventOf(entry: Resource, about: EventPart | undefined): BmcEvent {
  const severity = text(entry, 'Severity');
  const id = Number(text(entry, 'Id'));
  return {
    id: Number.isSafeInteger(id) ? id : 0,
    when: createdOf(entry),
    text: `${severity === '' || severity === 'OK' ? '' : `${severity}: `}${text(entry, 'Message')}`.slice(0, 200),
    asserted: !hasPassed(entry),
    ...(about === undefined ? {} : { part: about }),
  };
}
