import type { Level, Reading, Unit } from '../../protocol/reading.ts';
import { criticalLimit } from '../limits.ts';

/*
 * The sensors of a mock server as its BMC sees them: values that live a little, thresholds, and faults. Pure: what a sensor
 * says is a function of the board, the server's power and load, and the time.
 */

interface SensorType {
  readonly unit: Unit;
  readonly base: number;
  /** Value added at full CPU load. */
  readonly perLoad: number;
  /** Share of the base by which the value swings, so that people see it live. */
  readonly swing: number;
  readonly lowWarning?: number;
  readonly lowCritical?: number;
  readonly highWarning?: number;
  readonly highCritical?: number;
}

const FAN: SensorType = { unit: 'RPM', base: 5400, perLoad: 1800, swing: 0.01, lowWarning: 1800, lowCritical: 1000 };
const PSU: SensorType = { unit: 'state', base: 1, perLoad: 0, swing: 0, lowWarning: 1 }; // 1: delivers power, 0: failed
export const SENSOR_TYPES: Readonly<Record<string, SensorType>> = {
  'CPU Temp': { unit: 'C', base: 41, perLoad: 24, swing: 0.02, highWarning: 82, highCritical: 92 },
  'Inlet Temp': { unit: 'C', base: 23, perLoad: 0, swing: 0.01, highWarning: 38, highCritical: 42 },
  FAN1: FAN,
  FAN2: FAN,
  FAN3: FAN,
  FAN4: FAN,
  PSU1: PSU,
  PSU2: PSU,
  Power: { unit: 'W', base: 118, perLoad: 140, swing: 0.02, highWarning: 450 },
};

export type SensorFault =
  | { readonly kind: 'fixed'; readonly value: number | null }
  /** A fan whose bearing goes: it loses this much speed each second, down to 300 RPM. */
  | { readonly kind: 'failing'; readonly sinceMs: number; readonly rpmPerSecond: number };

export interface BoardState {
  readonly on: boolean;
  readonly loadShare: number; // of the server's CPU limit, 0 to 1
  readonly faults: ReadonlyMap<string, SensorFault>;
}

export function boardReadings(state: BoardState, nowMs: number): Reading[] {
  return Object.entries(SENSOR_TYPES).map(([name, type], index): Reading => {
    const sensor = `bmc/${name}`;
    const value = sensorValue(name, type, index, state, nowMs);
    return {
      sensor,
      value,
      unit: type.unit,
      ...judge(type, value),
      ...criticalLimit(type.unit, { criticalAbove: type.highCritical }),
    };
  });
}

function sensorValue(name: string, type: SensorType, index: number, state: BoardState, nowMs: number): number | null {
  const fault = state.faults.get(name);
  if (fault?.kind === 'fixed') return fault.value;
  if (!state.on) return offValue(type);
  const swing = type.base * type.swing * Math.sin(nowMs / 3000 + index);
  const value = round(type, type.base + swing + type.perLoad * Math.min(1, state.loadShare));
  if (fault?.kind !== 'failing') return value;
  return Math.max(300, round(type, value - ((nowMs - fault.sinceMs) / 1000) * fault.rpmPerSecond));
}

/** Without power the board still measures its surroundings and its supplies; the rest has no value. */
function offValue(type: SensorType): number | null {
  if (type.unit === 'W') return 4; // the BMC itself
  return type.unit === 'state' || type.perLoad === 0 ? type.base : null;
}

function round(type: SensorType, value: number): number {
  if (type.unit === 'RPM') return Math.round(value / 60) * 60;
  return type.unit === 'state' ? value : Math.round(value * 10) / 10;
}

function judge(type: SensorType, value: number | null): { level?: Level; limit?: number } {
  if (value === null) return {};
  const { lowCritical, highCritical, lowWarning, highWarning } = type;
  if (lowCritical !== undefined && value < lowCritical) return { level: 'critical', limit: lowCritical };
  if (highCritical !== undefined && value >= highCritical) return { level: 'critical', limit: highCritical };
  if (lowWarning !== undefined && value < lowWarning) return { level: 'warning', limit: lowWarning };
  if (highWarning !== undefined && value >= highWarning) return { level: 'warning', limit: highWarning };
  return { level: 'ok' };
}
