import { setTimeout as delay } from 'node:timers/promises';
import { FakeMachine } from '../hw/fake/machine.ts';
import { plugServer } from '../hw/fake/server.ts';
import { fakeUps, UPS_VARIABLES } from '../hw/fake/ups.ts';
import { runProgram } from '../hw/run-program.ts';
import type { Machine, Sensor } from '../hw/sensor.ts';
import { createSystemSensors, SENSORS } from '../hw/system.ts';
import { failAs, optionsGiven } from '../scripts/command-line.ts';
import { median } from './median.ts';

/*
 * What one cycle of the sensors costs: `node bench/sensors.ts`. The table in docs/hardware.md: CPU time of the whole process
 * (the threads of the pool count), the median of rounds of many cycles, on this machine and on a server made of files.
 */

const HELP = 'usage: node bench/sensors.ts [--rounds N]   rounds of 50 cycles for each sensor, default 15';
const fail = failAs('bench/sensors');
const rounds = Number(optionsGiven(fail, HELP, { rounds: { type: 'string', default: '15' } }).rounds);
if (!Number.isInteger(rounds) || rounds < 1) fail(`--rounds must be a whole number from 1 on\n\n${HELP}`);
const CYCLES = 50;
const CYCLE_MS = 10_000;
/** Between two cycles other work empties the processor's caches: so some are done with a pause, as the agent does. */
const PAUSED_CYCLES = 21;
const PAUSE_MS = 500;

/** µs of CPU time for one cycle: the median of all rounds. */
async function cpuUs(read: (nowMs: number) => unknown): Promise<number> {
  let nowMs = 0;
  const cycles = async () => {
    for (let i = 0; i < CYCLES; i++) {
      nowMs += CYCLE_MS;
      await read(nowMs);
    }
  };
  await cycles(); // compiled, chips known
  const costs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    await cycles();
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / CYCLES);
  }
  return median(costs);
}

async function pausedCpuUs(read: (nowMs: number) => unknown): Promise<number> {
  const costs: number[] = [];
  for (let i = 0; i < PAUSED_CYCLES; i++) {
    await delay(PAUSE_MS);
    const before = process.cpuUsage();
    await read(performance.now());
    const { user, system } = process.cpuUsage(before);
    costs.push(user + system);
  }
  return median(costs);
}

async function table(title: string, machine: Machine): Promise<void> {
  const whole = createSystemSensors(machine);
  const readings = (await whole.read(1)).readings.length;
  const rows: [string, number, number][] = [];
  for (const create of SENSORS) {
    const sensor: Sensor = create(machine);
    await sensor.read(0);
    await sensor.settled?.();
    const cycle = async (nowMs: number) => {
      await sensor.read(nowMs);
      await sensor.settled?.();
    };
    rows.push([sensor.kind, (await sensor.read(1)).length, await cpuUs(cycle)]);
  }
  const all = await cpuUs((nowMs) => whole.read(nowMs));
  const sum = rows.reduce((total, [, , us]) => total + us, 0);
  console.log(`\n| ${title} | readings | CPU µs a cycle | share |\n| --- | --: | --: | --: |`);
  for (const [kind, count, us] of rows)
    console.log(`| ${kind} | ${count} | ${us.toFixed(0)} | ${((100 * us) / sum).toFixed(0)} % |`);
  console.log(`| **all of them, as the agent reads them** | ${readings} | **${all.toFixed(0)}** | |`);
  const paused = await pausedCpuUs((nowMs) => whole.read(nowMs));
  console.log(`| **the same, ${PAUSE_MS} ms apart** | ${readings} | **${paused.toFixed(0)}** | |`);
  console.log(`\nat 10 s: ${((paused * 6) / 1e6).toFixed(4)} CPU-seconds a minute`);
}

const fake = new FakeMachine();
const ups = fakeUps({ variables: UPS_VARIABLES });
try {
  // no disk is asked: the clock runs ahead here, and half an hour is over soon
  await table('this machine', { sysroot: '/', run: async () => null, nut: fake.nut });
  plugServer(fake);
  await ups.plug(fake); // in this very process, so that its daemon's work counts as well
  await table('a server made of files', fake);
} finally {
  await ups.unplug(fake);
  fake.destroy();
}
await runProgram('true', [], 10_000);
const before = process.resourceUsage();
const from = performance.now();
await runProgram('true', [], 10_000);
const after = process.resourceUsage();
const startUs = after.userCPUTime + after.systemCPUTime - before.userCPUTime - before.systemCPUTime;
console.log(`\nstarting a program: ${startUs} µs of our own CPU time, ${(performance.now() - from).toFixed(1)} ms`);
