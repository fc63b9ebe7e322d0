import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Hardware } from '../../agent/hardware.ts';
import { knownMachine } from '../../agent/known-machine.ts';
import { type RunningAgent, runAgent } from '../../agent/main.ts';
import { machineBoot } from '../../protocol/clock.ts';
import { plainHardware } from './plain-hardware.ts';
import { Stage, until } from './stage.ts';

let stage: Stage;
let agents: RunningAgent[];
beforeEach(async () => {
  stage = await Stage.open();
  agents = [];
});
afterEach(async () => {
  for (const agent of agents) await agent.stop();
  await stage.close();
});

async function start(change: Partial<Hardware> = {}): Promise<RunningAgent> {
  const agent = await runAgent(stage.config, { ...plainHardware(), ...change });
  agents.push(agent);
  return agent;
}
async function once(): Promise<void> {
  const agent = await start();
  await until('it has heard the term', () => stage.heartbeats.at(-1)?.term === stage.term && stage.hellos.length > 0);
  await agent.stop();
  stage.hellos.length = 0;
}

test('an agent that is started again says what it knows of its machine before it has looked, and then what has changed', async () => {
  await once();
  let looked: (found: Awaited<ReturnType<Hardware['inventory']>>) => void = () => {};
  await start({ inventory: () => new Promise((resolve) => (looked = resolve)) });
  const first = await until('it says hello', () => stage.hellos[0]);
  expect(first.inventory.cpuCores).toBe(2);
  await until('there are readings', () => stage.sensors.messages.length > 0);
  const plain = await plainHardware().inventory();
  await until('it looks', () => {
    looked({ ...plain, inventory: { ...plain.inventory, cpuCores: 4 } });
    return stage.hellos.at(-1)?.inventory.cpuCores === 4;
  });
  expect(stage.hellos.at(-1)).toMatchObject({ bootId: first.bootId, server: first.server, capacity: { cpu: 4000 } });
  expect(knownMachine(stage.config.stateDir, machineBoot())?.inventory.cpuCores).toBe(4);
});

test('one that finds what it knew says hello once', async () => {
  await once();
  let looks = 0;
  const inventory = () => {
    looks++;
    return plainHardware().inventory();
  };
  await start({ inventory });
  await until('it has looked and lived on', () => looks === 1 && stage.heartbeats.length > 20);
  expect(stage.hellos).toHaveLength(1);
});

test('what was found in an earlier boot of the machine, or is damaged, is not known', async () => {
  await once();
  expect(knownMachine(stage.config.stateDir, machineBoot())).not.toBeNull();
  expect(knownMachine(stage.config.stateDir, 'another')).toBeNull();
  const file = join(stage.config.stateDir, 'machine.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"cpuCores":2', '"cpuCores":3'));
  expect(knownMachine(stage.config.stateDir, machineBoot())).toBeNull();
});
