import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cpuTimeMs, findTagged } from '../../hw/mock/processes.ts';
import { Rack } from '../../hw/mock/rack.ts';
import { openBmc } from '../../hw/open-bmc.ts';
import { waitFor } from './wait-for.ts';

/** Stands for an agent: starts an instance in a session of its own, which starts a child that does the same. */
const BOOT = `
const { spawn } = require('node:child_process');
const child = (code, env) => spawn(process.execPath, ['-e', code], { detached: true, stdio: 'ignore', env: { ...process.env, ...env } });
child("require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { detached: true, stdio: 'ignore' }); setInterval(() => {}, 1e6)", { EVENKEEL_INSTANCE: 'web/0' });
setInterval(() => {}, 1e6);
`;
const PROCESSES = 3;

let directory: string;
let rack: Rack;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ek-rack-'));
  rack = makeRack();
});
afterEach(async () => {
  await rack.stop();
  rmSync(directory, { recursive: true, force: true });
});

function makeRack(code = BOOT, cpuLimitMillicores = 1000): Rack {
  return new Rack({ directory, cpuLimitMillicores, boot: () => ({ argv: [process.execPath, '-e', code] }) });
}
const bmcOf = (node: string) => openBmc({ kind: 'mock', socket: rack.bmcSocket, timeoutMs: 5000 }, node, directory);
const stateOf = (pid: number) => /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];

async function booted(node: string) {
  const server = await rack.add(node);
  await server.powerOn();
  await waitFor(`${node} runs all its processes`, () => server.processes().length === PROCESSES);
  return server;
}

test('power loss kills everything on that server, and nothing on another', async () => {
  const [one, two] = [await booted('N1'), await booted('N2')];
  const others = two.processes().map(({ pid }) => pid);
  expect(await bmcOf('N1').power()).toBe('on');
  expect(await one.powerLoss()).toBe(PROCESSES);
  expect(one.processes()).toEqual([]);
  expect(await bmcOf('N1').power()).toBe('off');
  expect(two.processes().map(({ pid }) => pid)).toEqual(others);
  expect(await bmcOf('N2').power()).toBe('on');
});

test('power-off through the BMC: accepted at once, off only when nothing lives any more; on again boots', async () => {
  const server = await booted('N1');
  const bmc = bmcOf('N1');
  await bmc.powerOff();
  await waitFor('its BMC says off', async () => (await bmc.power()) === 'off');
  expect(server.processes()).toEqual([]);
  await bmc.powerOn();
  await waitFor('it has booted again', () => server.processes().length === PROCESSES);
});

test('a stuck BMC accepts power-off, and everything runs on', async () => {
  const server = await booted('N1');
  rack.setBmcFault('N1', { kind: 'stuck' });
  await bmcOf('N1').powerOff();
  expect(await bmcOf('N1').power()).toBe('on');
  expect(server.processes()).toHaveLength(PROCESSES);
});

test('frozen: every process stands still while the BMC says on; power-off ends them all the same', async () => {
  const server = await booted('N1');
  expect(server.freeze()).toBe(PROCESSES);
  await waitFor('all are stopped', () => server.processes().every(({ pid }) => stateOf(pid) === 'T'));
  expect(await bmcOf('N1').power()).toBe('on');
  server.thaw();
  await waitFor('all move again', () => server.processes().every(({ pid }) => stateOf(pid) !== 'T'));
  server.freeze();
  await bmcOf('N1').powerOff();
  await waitFor('its BMC says off', async () => (await bmcOf('N1').power()) === 'off');
  expect(server.processes()).toEqual([]);
});

test('an agent that dies is started again by its server, what it started lives on', async () => {
  const server = await booted('N1');
  const first = server.bootPid as number;
  const instances = server.processes().filter(({ instance }) => instance === 'web/0').length;
  process.kill(first, 'SIGKILL');
  await waitFor('another agent runs', () => server.bootPid !== null && server.bootPid !== first);
  await waitFor('old and new instances', () => server.processes().length === PROCESSES + instances);
});

test('a replaced server has another serial number, an empty disk and the same place', async () => {
  const old = await booted('N1');
  expect(() => rack.replace('N1')).toThrow(/has power/);
  await old.powerLoss();
  const fresh = rack.replace('N1');
  expect(fresh.serial).not.toBe(old.serial);
  expect(fresh.directory).not.toBe(old.directory);
  expect(await bmcOf('N1').identity()).toEqual({ guid: fresh.guid, serial: fresh.serial });
  expect(await bmcOf('N1').power()).toBe('off');
  await fresh.powerOn();
  await waitFor('it has booted', () => fresh.processes().length === PROCESSES);
});

test('sensor faults reach the BMC; an unknown sensor is refused by name', async () => {
  const server = await booted('N1');
  const fan = async () => (await bmcOf('N1').sensors()).find(({ sensor }) => sensor === 'bmc/FAN1');
  expect(await fan()).toMatchObject({ unit: 'RPM', level: 'ok' });
  server.failFan('FAN1', 60_000);
  await waitFor('the fan is critical', async () => (await fan())?.level === 'critical');
  server.healSensor('FAN1');
  expect(await fan()).toMatchObject({ level: 'ok' });
  expect(() => server.setSensor('FAN9', 1)).toThrow(/there is no sensor FAN9/);
});

test('a hog cannot take more than the server has: it is held near the limit, the agent is left alone', async () => {
  await rack.stop();
  const limit = 300;
  rack = makeRack(BOOT, limit);
  const server = await booted('N1');
  const hog = server.startHog();
  let stops = 0;
  let agentStops = 0;
  const look = setInterval(() => {
    if (stateOf(hog) === 'T') stops++;
    if (stateOf(server.bootPid as number) === 'T') agentStops++;
  }, 10);
  await waitFor('the hog is being held', () => stops > 10);
  const fromMs = performance.now();
  const from = cpuTimeMs(hog) as number;
  await delay(4000); // a rate is measured over a time
  const used = (1000 * ((cpuTimeMs(hog) as number) - from)) / (performance.now() - fromMs);
  clearInterval(look);
  expect(used).toBeGreaterThan(20); // it does run
  expect(used).toBeLessThan(limit * 1.5);
  expect(agentStops).toBe(0);
  expect((await bmcOf('N1').sensors()).find(({ sensor }) => sensor === 'bmc/CPU Temp')?.value).toBeGreaterThan(42.5);

  server.stopHogs();
  const instances = () => server.processes().filter(({ instance }) => instance !== null);
  await waitFor('nothing is held any more', () => instances().every(({ pid }) => stateOf(pid) !== 'T'));
});

test('when the process that hosts the rack is killed, everything on its servers dies', async () => {
  const host = `
    const { Rack } = await import(${JSON.stringify(new URL('../../hw/mock/rack.ts', import.meta.url).href)});
    const rack = new Rack({ directory: ${JSON.stringify(directory)}, boot: () => ({ argv: [process.execPath, '-e', ${JSON.stringify(BOOT)}] }) });
    const server = await rack.add('X1');
    await server.powerOn();
    console.log(rack.id);
    setInterval(() => {}, 1e6);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', host], { stdio: ['ignore', 'pipe', 'inherit'] });
  const id = await new Promise<string>((resolve) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
  });
  await waitFor('its server has booted', () => findTagged(id).length === PROCESSES);
  child.kill('SIGKILL');
  await waitFor('all of it is dead', () => findTagged(id).length === 0);
});
