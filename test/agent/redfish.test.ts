import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { thisMachine } from '../../agent/hardware.ts';
import { runAgent } from '../../agent/main.ts';
import { PASSWORD } from '../hw/ipmi/bmc-simulator.ts';
import { type RedfishService, startRedfishService } from '../hw/redfish/redfish-service.ts';
import { plainHardware } from './plain-hardware.ts';
import { Stage, until } from './stage.ts';

let stage: Stage;
let service: RedfishService;
beforeEach(async () => {
  stage = await Stage.open();
  service = await startRedfishService(join(stage.dir, 'bmc'), 'SN-1');
});
afterEach(async () => {
  await service.close();
  await stage.close();
});

test('an agent with its BMC over Redfish: its serial number, its readings, its silence, and no word of the password', async () => {
  const config = { ...stage.config, bmc: service.config() };
  const agent = await runAgent(config, { ...plainHardware(), bmc: thisMachine(config).bmc });
  try {
    const hello = await until('it says hello', () => stage.hellos[0]);
    expect(hello.server.serial).toBe('SN-1');
    const fan = () => stage.sensors.readings()?.find(({ sensor }) => sensor === 'bmc/FAN1');
    await until('its fan is reported', () => fan()?.level === 'ok');
    service.model.thermal.Fans[0]!.Reading = 420;
    await until('it is critical', () => fan()?.level === 'critical');
    expect(fan()).toMatchObject({ value: 420, limit: 480 });
    for (const path of ['Chassis/1U', 'Systems/1'])
      service.odd.set(`GET /redfish/v1/${path}`, (_, response) => void response.writeHead(500).end(PASSWORD));
    expect((await stage.event('bmc-silent')).detail).toContain('status 500');
    service.odd.clear();
    await stage.event('bmc-back');
    await until('its fan is reported again', () => fan());
  } finally {
    await agent.stop();
  }
  expect(service.sessions.size).toBe(0);
  expect(stage.invalid).toEqual([]);
  expect(JSON.stringify([stage.hellos, stage.reports, stage.events, stage.sensors.messages])).not.toContain(PASSWORD);
});
