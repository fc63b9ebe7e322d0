import { expect, test } from 'vitest';
import { readCoordinatorConfig } from '../../coordinator/config.ts';

const GOOD = 'stateDir: /var/lib/evenkeel\n';
const errorOf = (text: string): string => {
  try {
    readCoordinatorConfig(text, 'c.yaml');
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    return (error as Error).message;
  }
  return '';
};

test('only the folder must be given', () => {
  expect(readCoordinatorConfig(GOOD, 'c.yaml')).toMatchObject({
    cluster: 'evenkeel',
    mqtt: { host: '127.0.0.1', port: 7401 },
    http: { port: 7400, socket: '/var/lib/evenkeel/evenkeel.sock' },
    settings: { leaseMs: 6000, bmc: { all: false, nodes: [] } },
  });
});

test('everything that is wrong is told at once, with line, field, value and what is allowed', () => {
  const text = `${GOOD}mqtt: { port: 70000 }\nhttp: { socket: here }\nsettings:\n  heartbeatMs: -4\n  leaseMS: 1\nbmc: { "N 1": { kind: mock, socket: /x } }\n`;
  expect(errorOf(text).split('\n')).toEqual([
    'c.yaml:2: mqtt.port: 70000 is not allowed; it must be a whole number from 0 to 65535',
    'c.yaml:3: http.socket: "here" is not allowed; it must be an absolute path of at most 107 characters',
    'c.yaml:5: settings.heartbeatMs: -4 is not allowed; it must be a whole number from 20 to 60000',
    expect.stringMatching(/^c\.yaml:6: settings\.leaseMS is not a known field; did you mean leaseMs\?$/),
    expect.stringMatching(/^c\.yaml:7: the name "N 1" is not allowed in bmc; it must be a node name, or \*$/),
  ]);
});

test('an address of no broker', () => {
  expect(errorOf(`${GOOD}mqtt: { url: "http://x" }\n`)).toBe(
    'c.yaml:2: mqtt.url: "http://x" is not allowed; it must be an address like mqtt://host:1883',
  );
});

test('times that do not fit together', () => {
  expect(errorOf(`${GOOD}settings: { leaseMs: 2000 }\n`)).toMatch(/leaseMs \(2000\) must be above suspectAfterMs/);
});

test('Sparkplug is off unless it is there; its names have no characters that topics reserve', () => {
  expect(readCoordinatorConfig(GOOD, 'c.yaml').sparkplug).toBeUndefined();
  expect(readCoordinatorConfig(`${GOOD}sparkplug: {}\n`, 'c.yaml').sparkplug).toEqual({
    edgeNode: 'evenkeel',
    mqttVersion: '3.1.1',
  });
  const allowed = 'it must be 1 to 64 characters without +, # and /, and not STATE';
  expect(
    errorOf(`${GOOD}sparkplug: { group: a/b, edgeNode: "", primaryHost: STATE, mqttVersion: 4 }\n`).split('\n'),
  ).toEqual([
    `c.yaml:2: sparkplug.group: "a/b" is not allowed; ${allowed}`,
    `c.yaml:2: sparkplug.edgeNode: "" is not allowed; ${allowed}`,
    `c.yaml:2: sparkplug.primaryHost: "STATE" is not allowed; ${allowed}`,
    'c.yaml:2: sparkplug.mqttVersion: 4 is not allowed; it must be 3.1.1 or 5',
  ]);
  expect(errorOf(`${GOOD}sparkplug: { mqttVersion: 5 }\n`)).toBe(
    'c.yaml: sparkplug.mqttVersion: 5 needs a broker of your own (mqtt.url); the embedded one speaks 3.1.1',
  );
});
