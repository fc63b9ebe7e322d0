import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import type { Bmc } from '../../../hw/bmc.ts';
import { openBmc } from '../../../hw/open-bmc.ts';
import type { RedfishConfig } from '../../../protocol/bmc-config.ts';
import { PASSWORD } from '../ipmi/bmc-simulator.ts';
import { ABSENT, WELL } from './redfish-model.ts';
import { type RedfishService, send, startRedfishService } from './redfish-service.ts';

const directory = mkdtempSync(join(tmpdir(), 'ek-redfish-'));
let service: RedfishService;
let bmc: Bmc;
const opened: Bmc[] = [];
beforeEach(async () => {
  service = await startRedfishService(join(directory, 'bmc'), 'SN-1');
  bmc = open();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close?.()));
  await service.close();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function open(changes: Partial<RedfishConfig> = {}): Bmc {
  const one = openBmc(service.config(changes), 'N1', directory);
  opened.push(one);
  return one;
}
const sensor = async (name: string) => (await bmc.sensors()).find((one) => one.sensor === `bmc/${name}`);
const THERMAL = 'GET /redfish/v1/Chassis/1U/Thermal';
const SYSTEM = 'GET /redfish/v1/Systems/1';
const LOGIN = 'POST /redfish/v1/SessionService/Sessions';
const RESET = 'POST /redfish/v1/Systems/1/Actions/ComputerSystem.Reset';
const count = (what: string) => service.requests.filter((each) => each === what).length;
const refused = (text: string | RegExp) => ({
  code: 'BMC_REFUSED',
  message: typeof text === 'string' ? expect.stringContaining(text) : expect.stringMatching(text),
});

test('readings: values, units, limits not crossed, no value where there is none, two of one name', async () => {
  const well = (name: string) => ({ sensor: `bmc/${name}`, value: 1, unit: 'state', level: 'ok' });
  expect(await bmc.sensors()).toEqual([
    { sensor: 'bmc/Intrusion', value: 1, unit: 'state' },
    { sensor: 'bmc/CPU1 Temp', value: 47, unit: 'C', level: 'ok', critical: 95 },
    { sensor: 'bmc/Inlet Temp', value: 23.5, unit: 'C', level: 'ok', critical: 42 },
    { sensor: 'bmc/GPU1 Temp', value: null, unit: 'C', critical: 85 },
    { sensor: 'bmc/DIMM', value: 38, unit: 'C', level: 'ok' },
    { sensor: 'bmc/DIMM #2', value: 39, unit: 'C', level: 'ok' },
    { sensor: 'bmc/FAN1', value: 7200, unit: 'RPM', level: 'ok' },
    { sensor: 'bmc/FAN2', value: 7140, unit: 'RPM', level: 'ok' },
    well('Fan Redundancy'),
    { sensor: 'bmc/System Power Control', value: 344, unit: 'W' },
    { sensor: 'bmc/12V', value: 12.05, unit: 'V', level: 'ok' },
    well('PSU1'),
    { sensor: 'bmc/PSU1 Output', value: 170, unit: 'W' },
    well('PSU2'),
    { sensor: 'bmc/PSU2 Output', value: 170, unit: 'W' },
    well('PS Redundancy'),
    well('Processors'),
    well('Memory'),
  ]);
  expect(await bmc.identity()).toEqual({ guid: service.guid, serial: 'SN-1' });
  expect(Object.fromEntries((await bmc.inventory?.()) ?? [])).toEqual({
    ...{ Manufacturer: 'ACME', Model: 'Edge 2U', SerialNumber: 'SN-1', BiosVersion: '1.0' },
  });
});

test('a fan and a temperature through warning and critical and back', async () => {
  const [fan, cpu] = [service.model.thermal.Fans[0]!, service.model.thermal.Temperatures[0]!];
  fan.Reading = 700;
  cpu.ReadingCelsius = 85;
  expect(await sensor('FAN1')).toMatchObject({ value: 700, level: 'warning', limit: 720 });
  expect(await sensor('CPU1 Temp')).toMatchObject({ value: 85, level: 'warning', limit: 85 });
  fan.Reading = 0;
  cpu.ReadingCelsius = 97;
  expect(await sensor('FAN1')).toMatchObject({ value: 0, level: 'critical', limit: 480 });
  expect(await sensor('CPU1 Temp')).toMatchObject({ value: 97, level: 'critical', limit: 95 });
  fan.Reading = 7200;
  cpu.ReadingCelsius = 47;
  expect((await sensor('FAN1'))?.level).toBe('ok');
  cpu.Status = { State: 'Enabled', Health: 'Critical' }; // its own word counts as well
  expect(await sensor('CPU1 Temp')).toEqual({
    ...{ sensor: 'bmc/CPU1 Temp', value: 47, unit: 'C', level: 'critical', critical: 95 },
  });
});

test('a power supply loses its input, redundancy with it, and is pulled out; an opened lid judges nothing', async () => {
  const [, second] = service.model.power.PowerSupplies as [unknown, Record<string, unknown>];
  second.LineInputStatus = 'LossOfInput';
  service.model.power.Redundancy[0]!.Status = { State: 'Enabled', Health: 'Warning' };
  service.model.chassis.PhysicalSecurity = { IntrusionSensor: 'HardwareIntrusion' };
  expect(await sensor('PSU2')).toMatchObject({ value: 0, level: 'warning' });
  expect(await sensor('PS Redundancy')).toMatchObject({ value: 0, level: 'warning' });
  expect(await sensor('Intrusion')).toEqual({ sensor: 'bmc/Intrusion', value: 0, unit: 'state' });
  expect(await sensor('PSU1')).toMatchObject({ value: 1, level: 'ok' });
  second.Status = ABSENT;
  expect(await sensor('PSU2')).toEqual({ sensor: 'bmc/PSU2', value: null, unit: 'state' });
  expect(await sensor('PSU2 Output')).toEqual({ sensor: 'bmc/PSU2 Output', value: null, unit: 'W' });
});

const entry = (n: number, more: object = {}) => ({
  Id: String(n),
  Created: `2026-11-25T07:${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}Z`,
  Message: `entry ${n}`,
  Severity: 'OK',
  ...more,
});
/** The log is looked at every sixth time. */
async function told(one = bmc): Promise<string[]> {
  const texts: string[] = [];
  for (let look = 0; look < 6; look++) texts.push(...((await one.events?.()) ?? []).map((event) => event.text));
  return texts;
}

test('the log: each new entry once, with its severity, its time and whether it has passed', async () => {
  service.model.log.push(entry(1), entry(2));
  expect(await told()).toEqual([]);
  service.model.log.push(entry(3, { Severity: 'Critical' }), entry(4, { EntryCode: 'Deassert' }));
  const events = (await bmc.events?.()) ?? [];
  expect(events).toEqual([
    { id: 3, when: '2026-11-25T07:00:03Z', text: 'Critical: entry 3', asserted: true },
    { id: 4, when: '2026-11-25T07:00:04Z', text: 'entry 4', asserted: false },
  ]);
  const before = service.requests.length;
  for (let look = 0; look < 5; look++) expect(await bmc.events?.()).toEqual([]);
  expect(service.requests.length).toBe(before); // a page is big: not each time
  service.model.log.splice(0, 4, entry(5)); // it was cleared
  expect(await told()).toEqual(['entry 5']);
});

const about = (path: string) => ({ Links: { OriginOfCondition: { '@odata.id': `/redfish/v1/${path}` } } });

test('the log: which component an entry is about, by the name that its readings have', async () => {
  await told();
  const critical = { Severity: 'Critical' };
  service.model.log.push(
    entry(1, { ...critical, ...about('Chassis/1U/Thermal#/Fans/0') }),
    entry(2, { ...about('Chassis/1U/Thermal#/Fans/0'), EntryCode: 'Deassert' }),
    entry(3, { Severity: 'Warning', ...about('Systems/1/Memory/DIMM3') }), // which cannot be had
    entry(4, { Severity: 'Warning', SensorType: 'Memory', SensorNumber: 17 }),
    entry(5, { ...critical, ...about('Systems/1') }), // the whole server: about no component
    entry(6, { ...critical, ...about('Managers/1/EthernetInterfaces/1') }),
    entry(7, { ...about('Chassis/1U/Thermal#/Fans/1') }), // no harm
    entry(8, { ...critical, Links: { OriginOfCondition: { '@odata.id': 'https://evil/x' } }, SensorType: 7 }),
  );
  const parts = ((await bmc.events?.()) ?? []).map(({ part }) => part);
  expect(parts).toEqual([
    { component: 'bmc/FAN1', level: 'critical', asserted: true },
    { component: 'bmc/FAN1', level: 'critical', asserted: false },
    { component: 'bmc/Memory/DIMM3', level: 'warning', asserted: true },
    { component: 'bmc/Memory 17', level: 'warning', asserted: true },
    ...[undefined, undefined, undefined, undefined],
  ]);
  expect(count(THERMAL)).toBe(1);
});

test.each([['the newest first'], ['the oldest first']])('a long log that comes in pages, %s', async (order) => {
  service.pageSize = 20;
  const { log } = service.model;
  const add = (n: number) => (order === 'the newest first' ? log.unshift(entry(n)) : log.push(entry(n)));
  for (let n = 1; n <= 100; n++) add(n);
  expect(await told()).toEqual([]);
  add(101);
  add(102);
  expect(await told()).toEqual(['entry 101', 'entry 102']);
  log.splice(
    log.findIndex(({ Id }) => Id === '99'),
    1,
  ); // an older one comes into the page
  expect(await told()).toEqual([]);
  add(103);
  expect(await told()).toEqual(['entry 103']);
});

test('no log, one of links only, and one that fails: nothing is told, and nothing else suffers', async () => {
  service.model.log.push({ '@odata.id': '/redfish/v1/x' }, null as never);
  expect(await told()).toEqual([]);
  service.odd.set('GET /redfish/v1/Systems/1/LogServices/SEL/Entries', whole('', 500));
  await expect(bmc.events?.()).rejects.toMatchObject(refused('status 500'));
  expect((await sensor('FAN1'))?.value).toBe(7200);
  service.model.system.LogServices = null;
  const other = open();
  expect(await told(other)).toEqual([]);
});

test('one session and one connection for all, given back at the end', async () => {
  await Promise.all([bmc.sensors(), bmc.power(), bmc.identity(), bmc.sensors()]);
  expect(count(LOGIN)).toBe(1);
  expect(service.connections()).toBe(1);
  const before = service.requests.length;
  await bmc.sensors();
  expect(service.requests.length - before).toBe(4); // chassis, Thermal, Power, system
  expect(service.sessions.size).toBe(1);
  await bmc.close?.();
  expect(service.sessions.size).toBe(0);
  expect(await bmc.power()).toBe('on'); // it opens another one
});

test('a session that the service has forgotten is opened again; one that it never accepts, once only', async () => {
  await bmc.power();
  service.sessions.clear();
  expect(await bmc.power()).toBe('on');
  expect(count(LOGIN)).toBe(2);
  service.odd.set(SYSTEM, (_, response) => send(response, 401, {}));
  await expect(bmc.power()).rejects.toMatchObject(refused('status 401'));
  expect(count(LOGIN)).toBe(3);
});

test('a session whose place is told in the body only is given back too', async () => {
  service.odd.set(LOGIN, (_, response) => {
    service.sessions.set('t', '/redfish/v1/SessionService/Sessions/7');
    send(response, 201, { '@odata.id': '/redfish/v1/SessionService/Sessions/7' }, { 'x-auth-token': 't' });
  });
  await bmc.power();
  await bmc.close?.();
  expect(service.sessions.size).toBe(0);
});

test('a wrong password is refused, asked once, and told to nobody, though the service repeats it', async () => {
  process.env.TEST_WRONG_PASSWORD = 'not-the-one';
  const error = await open({ passwordEnv: 'TEST_WRONG_PASSWORD' })
    .power()
    .catch((reason: unknown) => reason as Error);
  expect(error).toMatchObject(refused(`127.0.0.1:${service.port} refused a session for 'admin'`));
  expect((error as Error).message).not.toContain('not-the-one');
  expect(count(LOGIN)).toBe(1);
});

test('the password from a file; one that others may read, and a long one, are refused by name', async () => {
  const passwordFile = join(directory, 'password');
  writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o644 });
  const byFile = open({ passwordEnv: undefined, passwordFile });
  await expect(byFile.power()).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('mode 600'),
  });
  chmodSync(passwordFile, 0o600);
  expect(await byFile.power()).toBe('on');
  writeFileSync(passwordFile, 'x'.repeat(129));
  service.sessions.clear();
  await expect(byFile.power()).rejects.toThrow(/129 bytes; allowed are 1 to 128/);
});

test.each<[string, (service: RedfishService) => Partial<RedfishConfig>, string | null]>([
  ['its fingerprint', () => ({}), null],
  ['its fingerprint, as OpenSSL does not write it', (one) => ({ fingerprint: lower(one) }), null],
  ['a CA file that holds it', (one) => ({ fingerprint: undefined, caFile: one.certificate.certFile }), null],
  ['no check at all', () => ({ fingerprint: undefined, insecure: true }), null],
  ["the system's own list, which has it not", () => ({ fingerprint: undefined }), 'self-signed certificate'],
  ['another fingerprint', () => ({ fingerprint: 'ab'.repeat(32) }), 'has the SHA-256 fingerprint'],
])('a certificate trusted by %s', async (_, changes, problem) => {
  const one = open(changes(service));
  if (problem === null) expect(await one.power()).toBe('on');
  else {
    await expect(one.power()).rejects.toMatchObject(refused(problem));
    expect(service.requests).toEqual([]); // nothing was sent, above all no password
  }
});
const lower = ({ certificate }: RedfishService) => certificate.fingerprint.replaceAll(':', '').toLowerCase();

test('a certificate of the right CA for another host; a CA file that is missing', async () => {
  const other = await startRedfishService(join(directory, 'other'), 'SN-2', { subject: 'DNS:elsewhere.example' });
  try {
    const caFile = other.certificate.certFile;
    const one = openBmc(other.config({ fingerprint: undefined, caFile }), 'N2', directory);
    await expect(one.power()).rejects.toMatchObject(refused(/not trusted: .*does not match certificate/));
    const missing = openBmc(other.config({ fingerprint: undefined, caFile: '/nonexistent/ca.pem' }), 'N2', directory);
    await expect(missing.power()).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: expect.stringContaining('/nonexistent/ca.pem'),
    });
    expect(other.requests).toEqual([]);
  } finally {
    await other.close();
  }
});

test('power: on its way off is not off; off already may be an error; stuck is on', async () => {
  service.model.system.PowerState = 'PoweringOff';
  expect(await bmc.power()).toBe('on');
  service.model.system.PowerState = 'On';
  await bmc.powerOff();
  expect(await bmc.power()).toBe('off');
  service.quirk = 'touchy';
  await expect(bmc.powerOff()).rejects.toMatchObject(refused('status 409, Server is already powered OFF.'));
  expect(await bmc.power()).toBe('off');
  await bmc.powerOn();
  service.quirk = 'stuck';
  await bmc.powerOff();
  expect(await bmc.power()).toBe('on');
});

test.each([[null], ['Maybe'], [''], ['off'], [0], [undefined], [['Off']]])(
  'nonsense is never taken for off: %j',
  async (state) => {
    service.model.system.PowerState = state;
    await expect(bmc.power()).rejects.toMatchObject(refused('does not say whether its system has power'));
  },
);

test('a service that cannot force power off is not told anything else', async () => {
  service.model.system.Actions = { '#ComputerSystem.Reset': { 'ResetType@Redfish.AllowableValues': ['PowerCycle'] } };
  await expect(bmc.powerOff()).rejects.toMatchObject(refused('does not know the reset ForceOff, only PowerCycle'));
  expect(count(RESET)).toBe(0);
});

test('several systems: one must be named', async () => {
  const members = (response: ServerResponse) =>
    send(response, 200, {
      Members: [{ '@odata.id': '/redfish/v1/Systems/2' }, { '@odata.id': '/redfish/v1/Systems/1' }],
    });
  service.odd.set('GET /redfish/v1/Systems', (_, response) => members(response));
  await expect(bmc.power()).rejects.toMatchObject(refused("has the systems 2, 1: 'system' in its configuration"));
  await expect(open({ system: '3' }).power()).rejects.toMatchObject(refused('has the systems 2, 1'));
  expect((await open({ system: '1' }).identity()).serial).toBe('SN-1');
});

// what services of several makers, and networks, do to an answer
type Odd = (request: IncomingMessage, response: ServerResponse) => void;
const whole = (body: string, status = 200, headers = {}): Odd => {
  return (_, response) => void response.writeHead(status, headers).end(body);
};
test.each<[string, Odd, object]>([
  ['no JSON', whole('<html>Sign in</html>', 200, { 'content-type': 'text/html' }), refused('no JSON object')],
  ['a list', whole('[]'), refused('no JSON object')],
  ['an empty answer', whole('', 200), refused('no JSON object')],
  ['JSON cut short', whole('{"PowerState":"Off"'), refused('no JSON object')],
  ['no such resource', whole('', 404), refused('status 404')],
  ['an error of its own', whole('{"error":{"message":"boom"}}', 500), refused('status 500, boom')],
  ['accepted, not answered', whole('', 202), refused('status 202')],
  ['another host', whole('', 302, { location: 'https://evil.example/redfish' }), refused('elsewhere: https://evil')],
  ['a circle', whole('', 302, { location: '/redfish/v1/Systems/1' }), refused('elsewhere')],
  [
    'a connection that breaks off',
    (_, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{"PowerState":"Off"');
      setImmediate(() => response.destroy());
    },
    { code: 'BMC_UNREACHABLE' },
  ],
  ['two megabytes', whole(`{"PowerState":"Off","x":"${'x'.repeat(2 ** 21)}"}`), { code: 'BMC_UNREACHABLE' }],
])('asked for power it answers %s: neither on nor off', async (_, odd, expected) => {
  service.odd.set(SYSTEM, odd);
  await expect(bmc.power()).rejects.toMatchObject(expected);
  service.odd.clear();
  expect(await bmc.power()).toBe('on'); // it needs no care afterwards
});

test('JSON that is called something else, and a redirect within the service, are taken', async () => {
  service.odd.set('GET /redfish/v1/', (_, response) => {
    response.writeHead(301, { location: `https://127.0.0.1:${service.port}/redfish/v1/Root` }).end();
  });
  service.odd.set('GET /redfish/v1/Root', (_, response) => {
    const root = { Systems: { '@odata.id': '/redfish/v1/Systems' }, Chassis: { '@odata.id': '//evil.example/x' } };
    response.writeHead(200, { 'content-type': 'text/html' }).end(JSON.stringify(root));
  });
  expect(await bmc.power()).toBe('on');
});

test('busy: asked again when it says so, and refused when it stays busy', async () => {
  let busy = 2;
  const busyFor = (retryAfter: string) => {
    service.odd.set(SYSTEM, (_, response) => {
      if (busy-- > 0) response.writeHead(503, { 'retry-after': retryAfter }).end();
      else send(response, 200, service.model.system);
    });
  };
  await bmc.identity();
  busyFor('0');
  expect(await bmc.power()).toBe('on');
  busy = 1;
  busyFor('60');
  await expect(bmc.power()).rejects.toMatchObject(refused('status 503, again in 60 s'));
});

test('silent or slow: unreachable within the timeout, and back without care', async () => {
  const short = open({ timeoutMs: 300 });
  await short.power();
  service.odd.set(SYSTEM, () => {});
  const from = performance.now();
  await expect(short.power()).rejects.toMatchObject({ code: 'BMC_UNREACHABLE' });
  expect(performance.now() - from).toBeGreaterThanOrEqual(290);
  service.odd.set(SYSTEM, (_, response) => void setTimeout(() => send(response, 200, service.model.system), 50));
  expect(await short.power()).toBe('on');
});

test('a service that is silent from the beginning is given up after one time limit', async () => {
  service.odd.set('GET /redfish/v1/', () => {});
  await expect(open({ timeoutMs: 200 }).sensors()).rejects.toMatchObject({
    code: 'BMC_UNREACHABLE',
    message: expect.stringContaining('did not answer GET /redfish/v1/ within 200 ms'),
  });
  expect(service.requests).toEqual(['GET /redfish/v1/']);
});

test('ten at once', async () => {
  const names = [...Array(10).keys()].map((index) => `SN-${index + 10}`);
  const services = await Promise.all(names.map((name) => startRedfishService(join(directory, name), name)));
  try {
    const bmcs = services.map((one) => openBmc(one.config(), one.serial, directory));
    opened.push(...bmcs);
    services[3]!.model.thermal.Fans[1]!.Reading = 420;
    const fans = (await Promise.all(bmcs.map((one) => one.sensors()))).map(
      (readings) => readings.find((each) => each.sensor === 'bmc/FAN2')?.level,
    );
    expect(fans).toEqual(names.map((_, index) => (index === 3 ? 'critical' : 'ok')));
    await bmcs[5]?.powerOff();
    const powers = await Promise.all(bmcs.map((one) => one.power()));
    expect(powers).toEqual(names.map((_, index) => (index === 5 ? 'off' : 'on')));
    await Promise.all(bmcs.map((one) => one.close?.()));
    expect(services.map((one) => one.sessions.size)).toEqual(names.map(() => 0));
  } finally {
    await Promise.all(services.map((one) => one.close()));
  }
});

test('whoever ends does not wait for a question that hangs', async () => {
  await bmc.power();
  service.odd.set(SYSTEM, () => {});
  const hanging = expect(bmc.power()).rejects.toMatchObject({ code: 'BMC_UNREACHABLE' });
  await bmc.close?.();
  service.odd.clear();
  await service.close();
  await hanging;
});

test('nobody there: unreachable; the same one again: no care needed', async () => {
  await bmc.power();
  const { port } = service;
  await service.close();
  await expect(bmc.power()).rejects.toMatchObject({ code: 'BMC_UNREACHABLE' });
  service = await startRedfishService(join(directory, 'bmc'), 'SN-1', { onPort: port });
  const again = openBmc(service.config(), 'N1', directory);
  opened.push(again);
  expect(await again.power()).toBe('on');
});

test('it closes the idle connection: the next question finds another', async () => {
  await bmc.power();
  let closed = false;
  service.odd.set(SYSTEM, (request, response) => {
    if (!closed) {
      closed = true;
      request.socket.destroy(); // as if the question had come just when the connection was closed
    } else send(response, 200, service.model.system);
  });
  expect(await bmc.power()).toBe('on');
  expect(service.connections()).toBe(2);
});

test('a part that fails costs its own readings; a part that has moved is found', async () => {
  service.odd.set(THERMAL, whole('', 500));
  const names = (await bmc.sensors()).map((reading) => reading.sensor);
  expect(names).toContain('bmc/PSU1');
  expect(names).not.toContain('bmc/FAN1');
  service.odd.clear();
  service.model.chassis.Thermal = { '@odata.id': '/redfish/v1/Chassis/1U/Thermal2' };
  service.odd.set('GET /redfish/v1/Chassis/1U/Thermal2', (_, response) => send(response, 200, service.model.thermal));
  expect(await sensor('FAN1')).toMatchObject({ value: 7200 });
  service.odd.set('GET /redfish/v1/Chassis/1U', whole('{}'));
  service.model.system.ProcessorSummary = service.model.system.MemorySummary = null;
  await expect(bmc.sensors()).rejects.toMatchObject(refused('has no readings'));
});

test('a service that says of a thing only that it is there', async () => {
  service.model.thermal.Fans[0] = { FanName: 'Fan 1', CurrentReading: 21, Units: 'Percent', Status: WELL };
  service.model.thermal.Fans[1] = { Status: null, Reading: null };
  expect(await sensor('Fan 1')).toEqual({ sensor: 'bmc/Fan 1', value: 21, unit: '%', level: 'ok' });
  expect(await sensor('Fan 2')).toEqual({ sensor: 'bmc/Fan 2', value: null, unit: 'RPM' });
});
