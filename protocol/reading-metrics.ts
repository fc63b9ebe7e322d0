import type { MetricFamily, Sample } from './prometheus.ts';
import type { Reading, Unit } from './reading.ts';

/* Readings as metrics: one family for each unit, in base units, with node and sensor as labels. */

export interface NodeReadings {
  readonly node: string;
  readonly readings: readonly Reading[];
}

const UNITS: Readonly<Record<Unit, readonly [name: string, help: string, scale: number]>> = {
  C: ['temperature_celsius', 'Temperature.', 1],
  RPM: ['fan_speed_rpm', 'Speed of a fan, in revolutions per minute.', 1],
  V: ['voltage_volts', 'Voltage.', 1],
  A: ['current_amperes', 'Current.', 1],
  W: ['power_watts', 'Power.', 1],
  '%': ['usage_ratio', 'Share of something that is in use or of time that was spent, 0 to 1.', 0.01],
  bytes: ['size_bytes', 'Amount of memory or storage.', 1],
  'bytes/s': ['throughput_bytes_per_second', 'Data moved in the last interval.', 1],
  'ops/s': ['operations_per_second', 'Operations in the last interval.', 1],
  ms: ['latency_seconds', 'Time that an operation took.', 0.001],
  count: ['number', 'A plain number, such as a load average.', 1],
  state: ['ok', 'Whether a device says that it is well: 1 yes, 0 no.', 1],
};
const LEVELS = { ok: 0, warning: 1, critical: 2 } as const;
/** What one node may have at most; its report is bounded by the same number. */
const MOST_READINGS = 1000;

/** A reading without a value has no sample: it is never 0. */
export function* readingMetrics(nodes: readonly NodeReadings[]): Generator<MetricFamily> {
  for (const [unit, [name, help, scale]] of Object.entries(UNITS))
    yield {
      name: `evenkeel_sensor_${name}`,
      type: 'gauge',
      help,
      samples: samplesOf(nodes, (reading) =>
        reading.unit === unit && reading.value !== null ? Number((reading.value * scale).toPrecision(12)) : null,
      ),
    };
  yield {
    name: 'evenkeel_sensor_level',
    type: 'gauge',
    help: 'How the device judges its own reading: 0 ok, 1 warning, 2 critical.',
    samples: samplesOf(nodes, ({ level }) => (level === undefined ? null : LEVELS[level])),
  };
}

function* samplesOf(
  nodes: readonly NodeReadings[],
  amountOf: (reading: Reading) => number | null,
): Generator<Sample | null> {
  for (const { node, readings } of nodes) {
    yield null; // most nodes have no sensor of this kind
    for (const reading of readings.slice(0, MOST_READINGS)) {
      const value = amountOf(reading);
      if (value !== null) yield { labels: { node, sensor: reading.sensor }, value };
    }
  }
}
