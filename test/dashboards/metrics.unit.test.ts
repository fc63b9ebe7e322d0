import fc from 'fast-check';
import { expect, test } from 'vitest';
import { agentMetrics } from '../../agent/metrics.ts';
import { clusterMetrics } from '../../coordinator/dashboards/metrics.ts';
import { metricsText } from '../../protocol/prometheus.ts';
import { type Reading, Unit } from '../../protocol/reading.ts';
import { readingMetrics } from '../../protocol/reading-metrics.ts';
import { cannedView, node } from '../cli/canned-view.ts';
import { promtool, samplesByName } from './promtool.ts';

const COUNTERS = {
  received: { hello: 1, report: 5 },
  refused: { PAYLOAD_INVALID: 2 },
  solves: 3,
  isBrokerHeard: true,
  isStoreWritable: false,
  dashboards: { published: 7, pressed: 1, refused: { RATE_EXCEEDED: 4 } },
  sparkplug: { sessions: 1, published: 9, rebirths: 2, refused: { REQUEST_INVALID: 3 } },
};
const READINGS: readonly Reading[] = Unit.options.map((unit, index) => ({
  sensor: `bmc/${unit} "odd" \\ \n é`,
  unit,
  value: index + 0.5,
  level: 'warning',
}));
const text = (families: Parameters<typeof metricsText>[0]) => [...metricsText(families)].join('');

test('promtool finds nothing against the metrics of coordinator and agent, with every unit and odd names', () => {
  const view = { ...cannedView(), nodes: [node('N1', [], { readings: READINGS })] };
  expect(promtool(text(clusterMetrics(view, COUNTERS)))).toBe('');
  expect(promtool(text(readingMetrics(view.nodes)))).toBe('');
  const facts = { cluster: 'lab', node: 'N1', version: '1', isConnected: true, instancePhases: ['running'] };
  expect(promtool(text(agentMetrics({ ...facts, readings: READINGS })))).toBe('');
});

test('promtool does find what is wrong', () => {
  expect(promtool('# HELP a_ms A.\n# TYPE a_ms gauge\na_ms 1\n')).toContain('a_ms');
  expect(promtool('a{b="c} 1\n')).not.toBe('');
});

test('the metrics say what the view says', () => {
  const samples = samplesByName(text(clusterMetrics(cannedView(), COUNTERS)));
  expect(samples.get('evenkeel_nodes')).toContain('{liveness="alive"} 3');
  expect(samples.get('evenkeel_nodes_by_health')).toEqual([
    '{health="ok"} 2',
    '{health="degraded"} 1',
    '{health="failing"} 0',
  ]);
  expect(samples.get('evenkeel_node_health')).toEqual(['{node="N1"} 0', '{node="N2"} 0', '{node="N3"} 1']);
  expect(samples.get('evenkeel_node_capacity')).toContain('{node="N1",resource="cpu"} 4');
  expect(samples.get('evenkeel_node_usage')).toContain('{node="N1",resource="memory"} 1073741824');
  expect(samples.get('evenkeel_app_instances_waiting')).toEqual(['{app="queue"} 0', '{app="web"} 1']);
  expect(samples.get('evenkeel_messages_refused_total')).toEqual(['{code="PAYLOAD_INVALID"} 2']);
  expect(samples.get('evenkeel_store_writable')).toEqual(['0']);
});

test('readings come in base units; one without a value is not there at all', () => {
  const readings: Reading[] = [
    { sensor: 'cpu/busy', value: 12.5, unit: '%' },
    { sensor: 'disk/sda/latency', value: 1.5, unit: 'ms', level: 'critical' },
    { sensor: 'bmc/CPU', value: null, unit: 'C' },
    { sensor: 'bmc/INLET', value: -3, unit: 'C' },
  ];
  const samples = samplesByName(text(readingMetrics([{ node: 'N1', readings }])));
  expect(samples.get('evenkeel_sensor_usage_ratio')).toEqual(['{node="N1",sensor="cpu/busy"} 0.125']);
  expect(samples.get('evenkeel_sensor_latency_seconds')).toEqual(['{node="N1",sensor="disk/sda/latency"} 0.0015']);
  expect(samples.get('evenkeel_sensor_temperature_celsius')).toEqual(['{node="N1",sensor="bmc/INLET"} -3']);
  expect(samples.get('evenkeel_sensor_level')).toEqual(['{node="N1",sensor="disk/sda/latency"} 2']);
});

test('whatever is in a label or a help text, a sample is one line, and what is escaped can be read back', () => {
  const anything = fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', '\r', '}', ' ', 'é', '😀'), maxLength: 30 });
  fc.assert(
    fc.property(anything, anything, fc.double({ noNaN: true }), (label, help, value) => {
      const lines = text([{ name: 'a', type: 'gauge', help, samples: [{ labels: { b: label }, value }] }]).split('\n');
      expect(lines).toHaveLength(4);
      const [, quoted, number] = /^a\{b="((?:[^"\\]|\\["\\n])*)"\} (\S+)$/su.exec(lines[2] ?? '') ?? [];
      const read = quoted?.replace(/\\(.)/g, (_all, char: string) => (char === 'n' ? '\n' : char));
      expect(read).toBe(label);
      expect(Number(number?.replace('Inf', 'Infinity'))).toBe(value === 0 ? 0 : value);
    }),
  );
});
