import type { Level, Reading, Unit } from '../protocol/reading.ts';
import { judge, type Limits } from './limits.ts';
import { NameBook, nameFrom } from './name-book.ts';
import { askNut } from './nut-client.ts';
import { plausible, plausibleShare } from './plausible.ts';
import type { Machine, Sensor } from './sensor.ts';

/*
 * UPSes, through the daemon of Network UPS Tools: over a connection, so that no program is started for it. Asked beside the
 * cycle; where nobody listens, ever less often.
 */

const ANSWER_MS = 2000;
const MAX_PAUSE_MS = 300_000;
const MAX_UPSES = 16;

/** What the UPS says of itself in `ups.status`, the worst first. */
const STATES: readonly (readonly [RegExp, Level])[] = [
  [/\b(LB|FSD)\b/, 'critical'], // battery low, shutdown ordered
  [/\b(OB|RB|OVER|ALARM|OFF|BYPASS)\b/, 'warning'], // on battery, replace battery, overloaded …
  [/\bOL\b/, 'ok'],
];

export function upsReadings(name: string, variables: ReadonlyMap<string, string>): Reading[] {
  const number = (variable: string): number | null => {
    const text = variables.get(variable)?.trim() ?? '';
    return /^-?[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : null;
  };
  const readings: Reading[] = [];
  const status = variables.get('ups.status') ?? '';
  const level = STATES.find(([pattern]) => pattern.test(status))?.[1];
  const onMains = /\bOL\b/.test(status) ? 1 : /\b(OB|OFF|LB|FSD)\b/.test(status) ? 0 : null;
  readings.push({
    sensor: `${name}/mains`,
    value: onMains,
    unit: 'state',
    ...(level === undefined || onMains === null ? {} : { level }),
  });
  const add = (what: string, variable: string, unit: Unit, factor = 1, limits: Limits = {}) => {
    if (!variables.has(variable)) return;
    const raw = number(variable);
    const possible = unit === '%' ? plausibleShare(raw) : plausible(raw === null ? null : raw * factor, unit);
    const value = raw === null || raw < 0 ? null : possible;
    readings.push({ sensor: `${name}/${what}`, value, unit, ...judge(value, limits) });
  };
  const below = (variable: string, factor: number): Limits => {
    const limit = number(variable);
    return limit !== null && limit > 0 ? { criticalBelow: limit * factor } : {};
  };
  add('charge', 'battery.charge', '%', 1, below('battery.charge.low', 1));
  add('runtime', 'battery.runtime', 'ms', 1000, below('battery.runtime.low', 1000));
  const load = number('ups.load');
  if (load !== null) readings.push({ sensor: `${name}/load`, value: plausible(load, '%'), unit: '%' });
  add('input', 'input.voltage', 'V');
  add('power', 'ups.realpower', 'W');
  add('temperature', 'ups.temperature', 'C');
  return readings;
}

export function upsSensor({ nut }: Machine): Sensor {
  const names = new NameBook();
  let known: readonly (readonly [name: string, variables: ReadonlyMap<string, string>])[] = [];
  let latest: readonly Reading[] = [];
  let trouble: string | null = null;
  let pauseMs = 0;
  let dueMs = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | null = null;

  async function ask(): Promise<void> {
    try {
      known = [...(await askNut(nut, ANSWER_MS))].slice(0, MAX_UPSES);
      latest = known.flatMap(([ups, variables]) => {
        const readings = upsReadings(names.nameFor(ups, `ups/${nameFrom(ups)}`.slice(0, 64)), variables);
        // its data are stale: what it gave before has no value now
        const given = new Set(readings.map(({ sensor }) => sensor));
        const name = names.nameFor(ups, '');
        const lost = latest.filter(({ sensor }) => sensor.startsWith(`${name}/`) && !given.has(sensor));
        return [...readings, ...lost.map(({ sensor, unit }): Reading => ({ sensor, unit, value: null }))];
      });
      trouble = null;
      pauseMs = 0;
    } catch (error) {
      latest = latest.map(({ sensor, unit }) => ({ sensor, unit, value: null }));
      trouble = (error as Error).message;
      pauseMs = Math.min(MAX_PAUSE_MS, Math.max(10_000, pauseMs * 2));
    }
  }
  const begin = () => {
    asking ??= ask().finally(() => {
      asking = null;
    });
    return asking;
  };

  return {
    kind: 'ups',
    probe: async () => {
      await begin();
      const where = `${nut.host}:${nut.port}`;
      const refused = `no UPS daemon at ${where} (${trouble}): for a UPS, apt install nut-server, then describe it in /etc/nut/ups.conf`;
      const none = `the UPS daemon at ${where} knows no UPS: describe it in /etc/nut/ups.conf`;
      return {
        devices: known.map(([ups]) => ups),
        missing: trouble !== null ? refused : known.length === 0 ? none : null,
      };
    },
    read: (nowMs) => {
      if (nowMs >= dueMs && asking === null) void begin().then(() => (dueMs = nowMs + pauseMs));
      return latest;
    },
    settled: async () => {
      await asking;
    },
  };
}
