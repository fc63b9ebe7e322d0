import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { parse } from 'yaml';
import { type BmcServer, startBmcServer } from '../../hw/mock/bmc-server.ts';
import { boardReadings } from '../../hw/mock/sensor-board.ts';
import { openBmc } from '../../hw/open-bmc.ts';
import { BmcConfig } from '../../protocol/bmc-config.ts';
import { bmcContract } from './bmc-contract.ts';
import { type BmcSimulator, startSimulator } from './ipmi/bmc-simulator.ts';
import { inBandProgram } from './ipmi/in-band-program.ts';
import { type RedfishService, startRedfishService } from './redfish/redfish-service.ts';

const directory = mkdtempSync(join(tmpdir(), 'ek-contract-'));
let mock: BmcServer;
let simulator: BmcSimulator;
let redfish: RedfishService;
let power: 'on' | 'off' = 'on';
beforeAll(async () => {
  mock = await startBmcServer(join(directory, 'mock.sock'), {
    power: () => power,
    switchPower: (to) => {
      power = to;
    },
    sensors: () => boardReadings({ on: power === 'on', loadShare: 0, faults: new Map() }, 0),
    identity: () => ({ guid: 'g-1', serial: 'S1' }),
  });
  simulator = await startSimulator(join(directory, 'sim'), 'SN-1');
  redfish = await startRedfishService(join(directory, 'redfish'), 'SN-1');
});
afterAll(async () => {
  expect(redfish.sessions.size).toBe(0);
  await mock.close();
  await simulator.stop();
  await redfish.close();
  rmSync(directory, { recursive: true, force: true });
});

bmcContract(
  'the mock one',
  () => openBmc({ kind: 'mock', socket: join(directory, 'mock.sock'), timeoutMs: 5000 }, 'N1', directory),
  { mayPowerOff: true },
);
bmcContract(
  'ipmitool over the network, to ipmi_sim',
  () => openBmc(simulator.config(), 'N1', join(directory, 'network')),
  { mayPowerOff: true },
);
bmcContract(
  'ipmitool in-band, its driver replaced by ipmi_sim',
  () => openBmc(inBandProgram(simulator), 'N1', join(directory, 'in-band')),
  { mayPowerOff: true },
);
bmcContract('Redfish over TLS', () => openBmc(redfish.config(), 'N1', directory), { mayPowerOff: true });
/** HW=1: the machine's own BMC, or the one described in BMC, as in an agent's configuration: BMC='{ kind: ipmi, … }'. */
if (process.env.HW === '1') {
  const config = BmcConfig.parse(parse(process.env.BMC ?? '{ kind: ipmi, transport: open }'));
  bmcContract('real hardware', () => openBmc(config, 'hw', join(directory, 'hw')), { mayPowerOff: false });
}
