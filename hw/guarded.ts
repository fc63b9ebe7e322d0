import type { Reading } from '../protocol/reading.ts';
import type { Sensor } from './sensor.ts';
import { withinMs } from './within-ms.ts';

/** Those that may wait bound each device by themselves; this is for what nobody thought of. */
const ANSWER_MS = 2000;

/** One sensor that breaks its promises costs its own values, and nothing else: they become null. */
export function guarded(
  sensor: Pick<Sensor, 'read'>,
  answerMs = ANSWER_MS,
): (nowMs: number) => readonly Reading[] | Promise<readonly Reading[]> {
  let latest: readonly Reading[] = [];
  let pending = false;
  const keep = (readings: readonly Reading[] | null): readonly Reading[] => {
    latest = readings?.map(finite) ?? latest.map(({ sensor: name, unit }) => ({ sensor: name, unit, value: null }));
    return latest;
  };
  return (nowMs) => {
    if (pending) return keep(null); // the one before still waits
    try {
      const answer = sensor.read(nowMs);
      if (!(answer instanceof Promise)) return keep(answer);
      pending = true;
      const ended = answer.finally(() => {
        pending = false;
      });
      return withinMs(ended, answerMs).then(keep);
    } catch {
      return keep(null);
    }
  };
}

/** Whatever a file held: a value that is no number is no value. */
function finite(reading: Reading): Reading {
  if (reading.value === null || Number.isFinite(reading.value)) return reading;
  return { sensor: reading.sensor, value: null, unit: reading.unit };
}
