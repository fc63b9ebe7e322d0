import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Bmc, BmcEvent } from '../../../hw/bmc.ts';
import { openBmc } from '../../../hw/open-bmc.ts';
import { isAlive } from '../is-alive.ts';
import { waitFor } from '../wait-for.ts';
import { type BmcSimulator, PASSWORD, startSimulator } from './bmc-simulator.ts';
import { startRelay, type UdpRelay } from './udp-relay.ts';

const directory = mkdtempSync(join(tmpdir(), 'ek-ipmi-'));
const client = (name = 'client') => join(directory, name);
let simulator: BmcSimulator;
let bmc: Bmc;
const relays: UdpRelay[] = [];
beforeAll(async () => {
  simulator = await startSimulator(join(directory, 'bmc'), 'SN-1');
  bmc = openBmc(simulator.config(), 'N1', client());
});
afterEach(() => {
  for (const relay of relays.splice(0)) relay.close();
});
afterAll(async () => {
  await simulator.stop();
  rmSync(directory, { recursive: true, force: true });
});
async function relayed(): Promise<UdpRelay> {
  const relay = await startRelay(simulator.port);
  relays.push(relay);
  return relay;
}
const sensor = async (name: string) => (await bmc.sensors()).find((one) => one.sensor === `bmc/${name}`);
const becomes = (name: string, what: object) =>
  waitFor(`${name} becomes ${JSON.stringify(what)}`, async () => {
    const one = await sensor(name);
    return Object.entries(what).every(([key, value]) => one?.[key as keyof typeof one] === value);
  });
/** Somebody else at the same BMC. */
async function ipmitool(...command: string[]): Promise<void> {
  const argv = ['-I', 'lanplus', '-H', '127.0.0.1', '-p', String(simulator.port), '-U', 'admin', '-E', '-C', '3'];
  await promisify(execFile)('ipmitool', [...argv, ...command], {
    env: { ...process.env, IPMITOOL_PASSWORD: PASSWORD },
  });
}
test('sensors: values, units, limits not crossed, no value where there is none, two of one name', async () => {
  const readings = await bmc.sensors();
  expect(readings.filter(({ sensor: name }) => !name.startsWith('bmc/chassis/'))).toEqual([
    { sensor: 'bmc/CPU1 Temp', value: 47, unit: 'C', level: 'ok', critical: 95 },
    { sensor: 'bmc/Inlet Temp', value: 23, unit: 'C', level: 'ok', critical: 42 },
    { sensor: 'bmc/GPU1 Temp', value: null, unit: 'C' },
    { sensor: 'bmc/FAN1', value: 7200, unit: 'RPM', level: 'ok' },
    { sensor: 'bmc/FAN2', value: 7140, unit: 'RPM', level: 'ok' },
    { sensor: 'bmc/Sys Power', value: 344, unit: 'W', level: 'ok' },
    { sensor: 'bmc/12V', value: 12, unit: 'V', level: 'ok' },
    { sensor: 'bmc/DIMM', value: 38, unit: 'C', level: 'ok' },
    { sensor: 'bmc/DIMM #2', value: 39, unit: 'C', level: 'ok' },
    ...['PSU1 Status', 'PSU2 Status', 'PS Redundancy', 'Intrusion', 'ECC'].map((name) => ({
      ...{ sensor: `bmc/${name}`, value: 1, unit: 'state', level: 'ok' },
    })),
  ]);
  expect(await bmc.identity()).toEqual({ guid: simulator.guid, serial: 'SN-1' });
  expect((await bmc.inventory?.())?.get('Product Name')).toBe('Edge 2U');
});

test('a fan and a temperature through warning and critical and back; the log tells of each once', async () => {
  await bmc.events?.();
  const told: BmcEvent[] = [];
  const tells = (what: RegExp, asserted: boolean) =>
    waitFor(`the log tells of ${what}`, async () => {
      await bmc.sensors();
      told.push(...((await bmc.events?.()) ?? []));
      return told.some((event) => what.test(event.text) && event.asserted === asserted);
    });
  simulator.set('FAN1', 600);
  await becomes('FAN1', { value: 600, level: 'warning', limit: 720 });
  simulator.set('FAN1', 420);
  await becomes('FAN1', { value: 420, level: 'critical', limit: 480 });
  simulator.set('CPU1 Temp', 88);
  await becomes('CPU1 Temp', { value: 88, level: 'warning', limit: 85 });
  simulator.set('CPU1 Temp', 97);
  await becomes('CPU1 Temp', { value: 97, level: 'critical', limit: 95 });
  await tells(/FAN1: Lower Critical/, true);
  await tells(/CPU1 Temp: Upper Critical/, true);
  simulator.set('FAN1', 7200);
  simulator.set('CPU1 Temp', 47);
  await becomes('FAN1', { value: 7200, level: 'ok', limit: undefined });
  await becomes('CPU1 Temp', { value: 47, level: 'ok', limit: undefined });
  await tells(/CPU1 Temp: Upper Critical/, false);
  const parts = told.flatMap(({ part }) => (part?.component === 'bmc/FAN1' ? [part] : []));
  expect(parts.map(({ level, asserted }) => `${level} ${asserted}`)).toEqual([
    ...['warning true', 'critical true', 'warning false', 'critical false'],
  ]);
  const ids = told.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
  expect(await bmc.events?.()).toEqual([]);
});

test('a long log is read on from the last record known, not from its beginning', async () => {
  const relay = await relayed();
  const far = openBmc(simulator.config({ port: relay.port }), 'N1', client('log'));
  const told = async () => {
    const before = relay.requests();
    const texts = (await far.events?.())?.map(({ text }) => text);
    return { texts, packets: relay.requests() - before };
  };
  await far.sensors(); // descriptions are read
  await far.events?.();
  await ipmitool('exec', fileOf(Array(80).fill(addRecord(1)).join('\n')));
  const storm: string[] = [];
  await waitFor('all of it is told', async () => storm.push(...((await told()).texts ?? [])) >= 80);
  expect(storm).toEqual(
    Array(80).fill('Fan FAN1: Lower Non-critical going low: reading 420.000RPM, threshold 720.000RPM'),
  );
  await ipmitool(...addRecord(2).split(' '));
  const one = await told();
  expect(one.texts).toEqual([expect.stringMatching(/^Temperature CPU1 Temp: /)]);
  expect(one.packets).toBeLessThan(40); // sessions, one record, its words: the log has more than 80
  expect((await told()).texts).toEqual([]);
  await ipmitool(...addRecord(2).split(' '));
  const next = openBmc(simulator.config({ port: relay.port }), 'N1', client('log')); // an agent that is started again
  expect(await next.events?.()).toHaveLength(1);
  expect((await told()).texts).toHaveLength(1);
  await ipmitool('sel', 'clear');
  await ipmitool(...addRecord(1).split(' '));
  expect((await told()).texts).toHaveLength(1);
});
const SENSORS_OF_TEST = { 1: [4, 4, 0x50, 7, 12], 2: [1, 1, 0x57, 88, 85] } as const; // type, number, event data
const addRecord = (which: 1 | 2) => {
  const [type, number, ...data] = SENSORS_OF_TEST[which];
  return `raw 0x0a 0x44 0 0 2 0 0 0 0 0x20 0 4 ${[type, number, 1, ...data].join(' ')}`;
};
function fileOf(text: string): string {
  const file = join(directory, 'commands');
  writeFileSync(file, `${text}\n`);
  return file;
}

test('a power supply is lost, and redundancy with it; an opened lid judges nothing', async () => {
  simulator.set('PSU2 Status', 0b1001);
  simulator.set('PS Redundancy', 0b10);
  simulator.set('Intrusion', 1);
  await becomes('PSU2 Status', { value: 0, level: 'warning' });
  await becomes('PS Redundancy', { value: 0, level: 'warning' });
  await becomes('Intrusion', { value: 0, level: undefined });
  expect(await sensor('PSU1 Status')).toMatchObject({ value: 1, level: 'ok' });
  simulator.set('PSU2 Status', 0);
  await becomes('PSU2 Status', { value: null, level: undefined }); // pulled out
  simulator.set('PSU2 Status', 1);
  simulator.set('PS Redundancy', 1);
  simulator.set('Intrusion', 0);
  await becomes('PS Redundancy', { value: 1, level: 'ok' });
});

test('power off kills what runs on the node, on starts it; cycling says on all the time', async () => {
  await bmc.powerOff();
  expect(await bmc.power()).toBe('off');
  await bmc.powerOn();
  await waitFor('the node runs', () => isAlive(simulator.nodePid()));
  const first = simulator.nodePid();
  await bmc.powerOff();
  await waitFor('all of it is dead', () => !isAlive(first));
  await waitFor('it says off', async () => (await bmc.power()) === 'off');
  await bmc.powerOn();
  await waitFor('the node runs again', () => isAlive(simulator.nodePid()));

  const second = simulator.nodePid();
  await ipmitool('chassis', 'power', 'reset');
  expect(await bmc.power()).toBe('on'); // so nothing but off, seen as off, proves anything
  await waitFor('another one runs', () => simulator.nodePid() !== second && isAlive(simulator.nodePid()));
});

test('cycle: what ran is dead, and something else runs', async () => {
  await bmc.powerOff();
  await waitFor('it says off', async () => (await bmc.power()) === 'off');
  await bmc.powerOn();
  await waitFor('the node runs', () => isAlive(simulator.nodePid()));
  const before = simulator.nodePid();
  await ipmitool('chassis', 'power', 'cycle');
  await waitFor('it is dead', () => !isAlive(before));
  await waitFor('another one runs', () => simulator.nodePid() !== before && isAlive(simulator.nodePid()));
  await waitFor('it says on', async () => (await bmc.power()) === 'on');
});

test('measured power: a reading where the BMC has it; one that has it not is asked once', async () => {
  const withDcmi = openBmc(simulator.config({ program: dcmiProgram(true) }), 'N1', client('dcmi'));
  const watts = async () => (await withDcmi.sensors()).find((one) => one.sensor === 'bmc/dcmi/power');
  expect(await watts()).toEqual({ sensor: 'bmc/dcmi/power', value: 344, unit: 'W' });
  expect(await watts()).toEqual({ sensor: 'bmc/dcmi/power', value: 344, unit: 'W' });

  const seen = join(directory, 'asked');
  const without = openBmc(simulator.config({ program: dcmiProgram(false) }), 'N1', client('no-dcmi'));
  for (let cycle = 0; cycle < 3; cycle++)
    expect((await without.sensors()).map((one) => one.sensor)).not.toContain('bmc/dcmi/power');
  expect(readFileSync(seen, 'utf8')).toBe('asked\n');
});
/** ipmi_sim has no DCMI: adds it to what ipmitool says, or only notes that it was asked for. */
function dcmiProgram(has: boolean): string {
  const program = join(directory, `dcmi-${has}`);
  const reading = ' dc 58 01 2c 01 60 01 50 01 00 00 00 00 e8 03 00\\n 00 40';
  writeFileSync(
    program,
    `#!/bin/sh
for last; do :; done
asked=no
case "$*" in *"raw 0x2c 0x02"*) asked=yes ;; esac
[ ! -f "$last" ] || ! grep -q "^raw 0x2c 0x02" "$last" || asked=yes
[ $asked = no ] || ${has ? ':' : `echo asked >>${join(directory, 'asked')}`}
${
  has
    ? `ipmitool "$@" 2>"$0.errors" | awk -v asked=$asked 'BEGIN { told = asked == "no" }
  !told && !/^( [0-9a-f][0-9a-f])+$/ { printf "${reading}\\n"; told = 1 }
  { print }
  END { if (!told) printf "${reading}\\n" }'
grep -v "netfn=0x2c" "$0.errors" >&2; exit 0`
    : 'exec ipmitool "$@"'
}
`,
    { mode: 0o755 },
  );
  return program;
}

test('stuck: it accepts power-off, and the node runs on', async () => {
  await bmc.powerOn();
  await waitFor('the node runs', () => isAlive(simulator.nodePid()));
  simulator.quirk('stuck', true);
  await bmc.powerOff();
  expect(await bmc.power()).toBe('on');
  expect(isAlive(simulator.nodePid())).toBe(true);
  simulator.quirk('stuck', false);
});

test('off already, and it answers that with an error: its power state tells', async () => {
  simulator.quirk('touchy', true);
  await bmc.powerOff();
  await waitFor('it says off', async () => (await bmc.power()) === 'off');
  await bmc.powerOff().catch((error: unknown) => expect(error).toMatchObject({ code: 'BMC_REFUSED' }));
  expect(await bmc.power()).toBe('off');
  simulator.quirk('touchy', false);
  await bmc.powerOn();
});

test('a wrong password is refused at once, once, and is told to nobody', async () => {
  process.env.TEST_WRONG_PASSWORD = 'not-the-one';
  const relay = await relayed();
  const wrong = openBmc(
    simulator.config({ port: relay.port, passwordEnv: 'TEST_WRONG_PASSWORD' }),
    'N1',
    client('wrong'),
  );
  const error = await wrong.power().catch((reason: unknown) => reason as Error);
  expect(error).toMatchObject({ code: 'BMC_REFUSED' });
  expect((error as Error).message).toContain(`127.0.0.1:${relay.port}`);
  expect((error as Error).message).not.toContain('not-the-one');
  expect(relay.requests()).toBeLessThan(10);
});

test('no answer: unreachable within the timeout, which nothing else waits for', async () => {
  const relay = await relayed();
  relay.delayMs = null;
  const silent = openBmc(simulator.config({ port: relay.port, timeoutMs: 1000 }), 'N1', client('silent'));
  const from = performance.now();
  const asked = expect(silent.sensors()).rejects.toMatchObject({ code: 'BMC_UNREACHABLE' });
  expect(await bmc.power()).toBe('on');
  await asked;
  expect(performance.now() - from).toBeLessThan(3000);
  relay.delayMs = 0;
  expect(await silent.power()).toBe('on'); // it needs no care when it is back
});

test('slow: everything works, and one session is over before the next begins', async () => {
  const relay = await relayed();
  relay.delayMs = 5;
  const slow = openBmc(simulator.config({ port: relay.port }), 'N1', client('slow'));
  const [readings, power, identity] = await Promise.all([slow.sensors(), slow.power(), slow.identity()]);
  expect(readings.length).toBeGreaterThan(10);
  expect([power, identity.serial]).toEqual(['on', 'SN-1']);
  const sessions = relay.clients();
  expect(new Set(sessions).size).toBe(sessions.filter((port, index) => port !== sessions[index - 1]).length);
});

test('what the sensors are is read once, and again when the BMC has started anew', async () => {
  const relay = await relayed();
  const requests = async (work: () => Promise<unknown>) => {
    const before = relay.requests();
    await work();
    return relay.requests() - before;
  };
  const open = () => openBmc(simulator.config({ port: relay.port }), 'N1', client('cached'));
  const one = open();
  const first = await requests(() => one.sensors());
  const later = await requests(() => one.sensors());
  expect(later).toBeLessThan(first / 3);
  const other = open(); // an agent that is started again finds the file
  expect(await requests(() => other.sensors())).toBeLessThan(first);
  await simulator.restart();
  expect(await requests(() => one.sensors())).toBeGreaterThan(2 * later);
  expect(await requests(() => one.sensors())).toBeLessThan(later * 1.5);
});

test('the password is in no argument; a file that others may read, a missing or long one are refused by name', async () => {
  const program = join(directory, 'seen-ipmitool');
  const seen = join(directory, 'seen-arguments');
  writeFileSync(program, `#!/bin/sh\necho "$@" >${seen}\nenv >${seen}.env\nexec ipmitool "$@"\n`, { mode: 0o755 });
  expect(await openBmc(simulator.config({ program }), 'N1', client('seen')).power()).toBe('on');
  expect(readFileSync(seen, 'utf8')).toContain('-E');
  expect(readFileSync(seen, 'utf8')).not.toContain(PASSWORD);
  expect(readFileSync(`${seen}.env`, 'utf8')).toContain(`IPMITOOL_PASSWORD=${PASSWORD}`);

  const passwordFile = join(directory, 'password');
  const { passwordEnv: _, ...rest } = simulator.config() as ReturnType<BmcSimulator['config']> & { kind: 'ipmi' };
  const byFile = openBmc({ ...rest, passwordFile }, 'N1', client('file'));
  await expect(byFile.power()).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
    message: expect.stringContaining(passwordFile),
  });
  writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o644 });
  await expect(byFile.power()).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('mode 600'),
  });
  chmodSync(passwordFile, 0o600);
  expect(await byFile.power()).toBe('on');
  writeFileSync(passwordFile, 'x'.repeat(21));
  await expect(byFile.power()).rejects.toMatchObject({
    message: expect.stringMatching(/21 bytes; allowed are 1 to 20/),
  });
  await expect(openBmc(simulator.config({ passwordEnv: 'NOT_SET' }), 'N1', client()).power()).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('NOT_SET'),
  });
});

test('no ipmitool: said by name', async () => {
  const missing = openBmc(simulator.config({ program: '/nonexistent/ipmitool' }), 'N1', client('missing'));
  await expect(missing.power()).rejects.toMatchObject({
    code: 'BMC_UNREACHABLE',
    message: expect.stringContaining('/nonexistent/ipmitool is not installed'),
  });
});

test.each([
  ['Chassis Power is maybe'],
  ['Chassis Power is off, or on'],
  ['Chassis Power is o'],
  [''],
  ['Chassis Power is off\\nChassis Power is on'],
])('nonsense is never taken for off: %s', async (text) => {
  const program = join(directory, 'nonsense-ipmitool');
  writeFileSync(program, `#!/bin/sh\nprintf '${text}\\n'\n`, { mode: 0o755 });
  const odd = openBmc(simulator.config({ program }), 'N1', client('odd'));
  await expect(odd.power()).rejects.toMatchObject({ code: 'BMC_REFUSED' });
});

test('ten BMCs at once', async () => {
  const names = [...Array(10).keys()].map((index) => `SN-${index + 10}`);
  const simulators = await Promise.all(names.map((name) => startSimulator(join(directory, name), name)));
  try {
    const bmcs = simulators.map((one) => openBmc(one.config(), one.serial, client(one.serial)));
    simulators[3]?.set('FAN2', 420);
    const readings = await Promise.all(bmcs.map((one) => one.sensors()));
    expect(new Set(readings.map((each) => each.length)).size).toBe(1);
    await waitFor('its fan alone is critical', async () => {
      const fans = await Promise.all(
        bmcs.map(async (one) => (await one.sensors()).find((each) => each.sensor === 'bmc/FAN2')),
      );
      return fans.map((fan) => fan?.level).join() === names.map((_, index) => (index === 3 ? 'critical' : 'ok')).join();
    });
    await bmcs[5]?.powerOff();
    const powers = await Promise.all(bmcs.map((one) => one.power()));
    expect(powers).toEqual(names.map((_, index) => (index === 5 ? 'off' : 'on')));
  } finally {
    await Promise.all(simulators.map((one) => one.stop()));
  }
});
