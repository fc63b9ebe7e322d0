import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { thisMachine } from '../../agent/hardware.ts';
import { runAgent } from '../../agent/main.ts';
import { type BmcSimulator, startSimulator } from '../hw/ipmi/bmc-simulator.ts';
import { inBandProgram } from '../hw/ipmi/in-band-program.ts';
import { plainHardware } from './plain-hardware.ts';
import { Stage, until } from './stage.ts';

let stage: Stage;
let simulator: BmcSimulator;
beforeEach(async () => {
  stage = await Stage.open();
  simulator = await startSimulator(join(stage.dir, 'bmc'), 'SN-1');
});
afterEach(async () => {
  await simulator.stop();
  await stage.close();
});

test('an agent with its BMC in-band: who it is, what its sensors say, what the log gains', async () => {
  const config = { ...stage.config, bmc: inBandProgram(simulator) };
  const { bmc, identity } = thisMachine(config);
  const agent = await runAgent(config, { ...plainHardware(), bmc, ...(identity ? { identity } : {}) });
  try {
    const hello = await until('it says hello', () => stage.hellos[0]);
    expect(hello.server).toMatchObject({ serial: 'SN-1', inBand: { guid: simulator.guid, serial: 'SN-1' } });
    const fan = () => stage.sensors.readings()?.find(({ sensor }) => sensor === 'bmc/FAN1');
    await until('its fan is reported', () => fan()?.level === 'ok');
    simulator.set('FAN1', 420);
    await until('it is critical', () => fan()?.level === 'critical');
    expect(fan()).toMatchObject({ value: 420, limit: 480 });
    const told = () =>
      stage.events.find(({ kind, detail }) => kind === 'bmc-event' && /FAN1: Lower Critical/.test(detail));
    await until('the log tells of it', told);
    await simulator.stop();
    expect((await stage.event('bmc-silent')).detail).toContain('/dev/ipmi0');
    await until('its fan is not reported', () => stage.sensors.readings() && !fan());
    await simulator.restart();
    await stage.event('bmc-back');
    await until('its fan is reported again', () => fan());
  } finally {
    await agent.stop();
  }
  expect(stage.invalid).toEqual([]);
});
