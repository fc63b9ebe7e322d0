import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clusterDevice, type Device, nodeDevice, sensorEntity } from '../../coordinator/dashboards/device.ts';
import { announcementTopic, HomeAssistant } from '../../coordinator/dashboards/home-assistant.ts';
import { jinjaText, objectId } from '../../coordinator/dashboards/object-id.ts';
import { RetainedTopics } from '../../coordinator/dashboards/retained-topics.ts';
import { clusterState, nodeState, readingsState } from '../../coordinator/dashboards/state-topics.ts';
import type { ClusterName } from '../../protocol/ids.ts';
import { type Reading, Unit } from '../../protocol/reading.ts';
import type { NodeView } from '../../protocol/view.ts';
import { cannedView, node } from '../cli/canned-view.ts';
import { judge } from './judge.ts';

const LAB = 'lab' as ClusterName;
const TOPIC = announcementTopic('homeassistant', 'lab', 'N1');

/** A name as odd as a BMC can come up with, in every unit. */
const ODD = `bmc/Fan 1's "100%" {{ x }} \\ \u0007 °é/😀`;
const READINGS: readonly Reading[] = [
  ...Unit.options.map((unit) => ({ sensor: `bmc/${unit}`, unit, value: 1.26 })),
  { sensor: ODD, unit: 'C', value: -3.5 },
  { sensor: 'bmc/PSU1', unit: 'state', value: 1, level: 'ok' },
  { sensor: 'bmc/PSU2', unit: 'state', value: 0, level: 'critical' },
  { sensor: 'bmc/none', unit: 'W', value: null },
];

function announce(view: NodeView, buttons: readonly 'drain'[] = []): Device {
  const sensors = Object.fromEntries(
    view.readings.map(({ sensor, unit }) => {
      const { id, entity } = sensorEntity(sensor, unit, `evenkeel_lab_${view.node}`);
      return [id, entity];
    }),
  );
  return nodeDevice(LAB, view, sensors, {}, buttons);
}

test('announcements hold to the schema, and every template gives what the state says', () => {
  const view = { ...node('N1', [], { readings: READINGS, health: 'failing', healthReasons: ['FAN1 stands'] }) };
  const device = announce(view, ['drain']);
  const cluster = clusterDevice(LAB);
  const states: Readonly<Record<string, unknown>> = {
    'evenkeel/v1/lab/state/node/N1': JSON.parse(JSON.stringify(nodeState(view))),
    'evenkeel/v1/lab/state/node/N1/readings': JSON.parse(JSON.stringify(readingsState(view.readings))),
    'evenkeel/v1/lab/state/cluster': JSON.parse(JSON.stringify(clusterState(cannedView()))),
  };
  const entities = [device, cluster].flatMap((each) =>
    Object.entries(each.components).map(([id, entity]) => ({ id, entity, from: each })),
  );
  const shown = entities.filter(({ entity }) => entity.platform !== 'button');
  const { errors, rendered } = judge(
    [device, cluster],
    shown.map(({ entity, from }) => [
      String(entity.value_template),
      states[String(entity.state_topic ?? from.state_topic)],
    ]),
  );
  expect(errors).toEqual([[], []]);
  const values = Object.fromEntries(shown.map(({ id }, index) => [id, rendered[index]]));
  expect(values).toMatchObject({
    [`r_${objectId(ODD)}`]: '-3.5',
    r_bmc_C: '1.3',
    r_bmc_none: 'None',
    r_bmc_PSU1: 'OFF',
    r_bmc_PSU2: 'ON',
    health: 'failing',
    problem: 'ON',
    connected: 'ON',
    reasons: 'FAN1 stands',
    instances: '0',
    cordoned: 'OFF',
    tone: 'good',
    sentence: 'All 4 instances run.',
  });
  for (const { id, entity } of shown) {
    expect(values[id], id).not.toContain('ERROR');
    const options = entity.options as readonly string[] | undefined;
    if (options) expect(options, id).toContain(values[id]);
    if (entity.platform === 'binary_sensor') expect(['ON', 'OFF', 'None'], id).toContain(values[id]);
    if (entity.state_class && values[id] !== 'None') expect(Number(values[id]), id).not.toBeNaN();
  }
});

test('a reading that is not there, or not any more, is unknown and no error', () => {
  const { components } = announce(node('N1', [], { readings: READINGS }));
  const templates = Object.entries(components)
    .filter(([id]) => id.startsWith('r_'))
    .map(([, entity]) => [String(entity.value_template), {}] as const);
  expect(new Set(judge([], templates).rendered)).toEqual(new Set(['None']));
});

test('the judge finds what is wrong', () => {
  const good = JSON.parse(JSON.stringify(announce(node('N1', [], { readings: READINGS }), ['drain'])));
  const spoiled = (change: (device: typeof good) => void) => {
    const copy = structuredClone(good);
    change(copy);
    return copy;
  };
  const { errors, rendered } = judge(
    [
      good,
      spoiled((device) => delete device.origin),
      spoiled((device) => delete device.components.press_drain.command_topic),
      spoiled((device) => {
        device.components.r_bmc_C.unit_of_measurement = 'C';
      }),
      spoiled((device) => {
        device.components.health.state_class = 'measurement';
      }),
      spoiled((device) => {
        device.state_topic = 'a/#';
      }),
    ],
    [
      ['{{ value_json.nothing }}', {}],
      ['{{ value_json.', {}],
    ],
  );
  expect(errors.map((each) => each.length > 0)).toEqual([false, true, true, true, true, true]);
  expect(rendered.every((text) => text.startsWith('ERROR'))).toBe(true);
});

test('whatever a sensor is called, its literal is its name and no other has its id', () => {
  const all = [
    ...new Set(fc.sample(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), { seed: 1, numRuns: 200 })),
  ];
  expect(all.length).toBeGreaterThan(100);
  const ids = all.map(objectId);
  expect(new Set(ids).size).toBe(all.length);
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]+$/);
  const { rendered } = judge(
    [],
    all.map((name) => [`{{ value_json[${jinjaText(name)}] }}`, { [name]: 'found' }]),
  );
  expect(new Set(rendered)).toEqual(new Set(['found']));
});

/** Announces to a broker that holds `retained`; gives what is there afterwards. */
function session(retained: string | null, views: readonly NodeView[], buttons: readonly 'drain'[] | null = []) {
  const topics = new RetainedTopics();
  const home = new HomeAssistant({ cluster: LAB, prefix: 'homeassistant', buttons }, topics);
  const [first, ...later] = views;
  if (first) home.showNode(first, first.readings.length > 0);
  if (retained !== null) home.found(TOPIC, retained);
  for (const view of later) home.showNode(view, true);
  home.announceSome();
  const sent = topics.take(0, 100).find(({ topic }) => topic === TOPIC);
  return { text: sent ? sent.text : retained, sent };
}
const components = (text: string | null) =>
  (JSON.parse(text ?? '{}') as Device).components as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
const FAN: Reading = { sensor: 'bmc/FAN1', value: 8000, unit: 'RPM' };
const TEMP: Reading = { sensor: 'bmc/CPU', value: 50, unit: 'C' };

test('a coordinator that starts again announces nothing anew, and keeps sensors that are silent for now', () => {
  const before = session(null, [node('N1', [], { readings: [FAN, TEMP] })]).text;
  expect(session(before, [node('N1', [], { readings: [] })]).sent).toBeUndefined();
  const after = session(before, [node('N1', [], { readings: [] }), node('N1', [], { readings: [FAN] })]);
  expect(components(after.text)).toMatchObject({
    r_bmc_FAN1: { unit_of_measurement: 'rpm' },
    r_bmc_CPU: { unit_of_measurement: '°C' },
  });
});

test('another server takes along the sensors of the one before, and a button that is no longer allowed goes', () => {
  const before = session(null, [node('N1', [], { readings: [FAN, TEMP] })], ['drain']).text;
  expect(components(before)).toMatchObject({ press_drain: { payload_press: 'PRESS' } });
  const server = { serial: 'NEW', vendor: 'Acme', model: 'X2' };
  const after = session(before, [node('N1', [], { server, readings: [FAN] })]).text;
  expect(components(after)).toMatchObject({ r_bmc_FAN1: { unit_of_measurement: 'rpm' } });
  expect(components(after).r_bmc_CPU).toEqual({ platform: 'sensor' });
  expect(components(after).press_drain).toEqual({ platform: 'button' });
  expect(judge([JSON.parse(after ?? '')]).errors).toEqual([[]]);
});

test('what is switched off, and who has left, is taken back; what others announced is left alone', () => {
  const before = session(null, [node('N1', [], { readings: [FAN] })]).text;
  expect(session(before, [node('N1', [])], null).sent?.text).toBe('');
  expect(session(before, []).sent?.text).toBe('');
  expect(session('{"origin":{"name":"Other"}}', []).sent).toBeUndefined();
});

test.each([
  'nonsense',
  'null',
  '[]',
  '{"origin":{"name":"Evenkeel"},"components":{"r_x":null}}',
  '{"origin":{"name":"Evenkeel"},"components":{"r_x":{"platform":7}}}',
  '{"origin":{"name":"Evenkeel"},"components":"all"}',
  '{"origin":{"name":"Evenkeel"},"device":{"serial_number":[]},"components":{"__proto__":{"platform":"sensor"}}}',
])('whatever lies at the topic of an announcement does no harm: %s', (text) => {
  const { sent } = session(text, [node('N1', [], { readings: [FAN] })]);
  expect(Object.keys(components(sent?.text ?? null))).toContain('r_bmc_FAN1');
  expect(judge([JSON.parse(sent?.text ?? '')]).errors).toEqual([[]]);
});

test('a sensor is announced when it first has a value: its unit may be a guess before', () => {
  const silent = node('N1', [], { readings: [{ sensor: 'bmc/FAN1', value: null, unit: 'state' }] });
  expect(Object.keys(components(session(null, [silent]).text))).not.toContain('r_bmc_FAN1');
  expect(components(session(null, [silent, node('N1', [], { readings: [FAN] })]).text)).toMatchObject({
    r_bmc_FAN1: { platform: 'sensor', unit_of_measurement: 'rpm' },
  });
});
