import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readAgentConfig } from '../../agent/config.ts';
import { thisMachine } from '../../agent/hardware.ts';
import { runAgent } from '../../agent/main.ts';
import { fakeEcc } from '../../hw/fake/ecc.ts';
import { fakeHwmon } from '../../hw/fake/hwmon.ts';
import { FakeMachine } from '../../hw/fake/machine.ts';
import { fakeSmart, nvmeDisk } from '../../hw/fake/smart.ts';
import { createSystemSensors } from '../../hw/system.ts';
import type { NodeView } from '../../protocol/view.ts';
import { plainHardware } from '../agent/plain-hardware.ts';
import { call, startCoordinator } from '../coordinator-shell/coordinator.ts';
import { afterwards, eventually, temporaryFolder } from '../coordinator-shell/temporary.ts';
import { startSimulator } from '../hw/ipmi/bmc-simulator.ts';
import { inBandProgram } from '../hw/ipmi/in-band-program.ts';

/*
 * From the device to the view: real sensors over the files of a machine, a real agent, broker and coordinator, and the real
 * ipmitool at a simulated BMC.
 */

const QUICK = 'settings: {health: {warningHoldMs: 100, criticalHoldMs: 100, clearMs: 300}}\n';

async function rig(withBmc: boolean) {
  const machine = new FakeMachine();
  afterwards(() => machine.destroy());
  const simulator = withBmc ? await startSimulator(join(temporaryFolder(), 'bmc'), 'SN-1') : null;
  if (simulator) afterwards(() => simulator.stop());
  const coordinator = await startCoordinator(QUICK);
  const config = readAgentConfig(
    JSON.stringify({
      ...{
        cluster: 'test',
        node: 'N1',
        mqtt: { url: coordinator.mqttUrl },
        stateDir: join(temporaryFolder(), 'state'),
      },
      ...{ reportMs: 200, heartbeatMs: 200, logLevel: 'error' },
    }),
    'test',
  );
  const start = async () => {
    const { bmc } = thisMachine(simulator ? { ...config, bmc: inBandProgram(simulator) } : config);
    const sensors = async () => createSystemSensors(machine);
    const agent = await runAgent(config, { ...plainHardware(), sensors, bmc });
    afterwards(() => agent.stop());
  };
  const view = async (): Promise<NodeView> => (await call(coordinator.httpUrl, 'GET', '/api/v1/nodes/N1')).body;
  const component = async (name: string) => (await view()).components.find((one) => one.component === name);
  const reading = async (name: string) => (await view()).readings.find(({ sensor }) => sensor === name);
  return { machine, simulator, start, view, component, reading };
}

test('memory errors that grow past the limit of a day degrade the node, which says why', async () => {
  const { machine, start, view, component, reading } = await rig(false);
  fakeEcc.plug(machine);
  await start();
  await eventually('its memory is known', async () => (await reading('ecc/mc0/corrected'))?.value === 3);
  expect(await view()).toMatchObject({ health: 'ok', components: [] });
  machine.write('sys/devices/system/edac/mc/mc0/ce_count', '12\n'); // 9 more: below the limit
  await eventually('they are counted', async () => (await reading('ecc/mc0/corrected'))?.value === 12);
  expect((await view()).health).toBe('ok');
  machine.write('sys/devices/system/edac/mc/mc0/ce_count', '14\n');
  await eventually('the node is degraded', async () => (await view()).health === 'degraded');
  expect((await view()).healthReasons).toEqual(['ecc/mc0/corrected grew by 11 within a day (limit 10)']);
  machine.write('sys/devices/system/edac/mc/mc0/ue_count', '1\n');
  await eventually('the node is failing', async () => (await view()).health === 'failing');
  expect(await component('ecc/mc0')).toMatchObject({
    causes: [
      { because: 'count', health: 'failing', sensor: 'ecc/mc0/uncorrected', value: 1 },
      { because: 'count', health: 'degraded', sensor: 'ecc/mc0/corrected', value: 11 },
    ],
  });
});

test('a disk that is worn out degrades its node; what a reading is of arrives as its sensor gave it', async () => {
  const { machine, start, view, component, reading } = await rig(false);
  fakeHwmon.plug(machine);
  fakeSmart(new Map([['/dev/nvme0', nvmeDisk({ percentage_used: 100, media_errors: 7 })]])).plug(machine);
  await start();
  await eventually('the node is degraded', async () => (await view()).health === 'degraded');
  expect((await view()).healthReasons).toEqual(['smart/nvme0/wear is at its limit (100 %, limit 100 %)']);
  expect(await component('smart/nvme0')).toMatchObject({ health: 'degraded' });
  expect(await reading('smart/nvme0/media-errors')).toMatchObject({ kind: 'media', component: 'smart/nvme0' });
  expect(await reading('hwmon/coretemp/Package id 0')).toMatchObject({ value: 45, level: 'ok', critical: 100 });
});

test('what the log of a BMC asserts counts until it is deasserted; a BMC that is silent leaves nothing well', async () => {
  const { simulator, start, view, component, reading } = await rig(true);
  if (!simulator) throw new Error('no simulator');
  await start();
  await eventually('its sensors are known', async () => (await reading('bmc/ECC'))?.level === 'ok');
  simulator.set('ECC', 2); // uncorrectable
  const isLogged = async () => (await component('bmc/ECC'))?.causes.find(({ because }) => because === 'event');
  const cause = await eventually('the log tells of it', isLogged);
  expect(cause).toMatchObject({ health: 'failing' });
  expect(cause.text).toMatch(/Memory ECC: Uncorrectable ECC/);
  expect(await view()).toMatchObject({ health: 'failing' });
  simulator.set('ECC', 0);
  await eventually('the log takes it back', async () => !(await isLogged()));
  await eventually('the node is well again', async () => (await view()).health === 'ok');
  await simulator.silence();
  await eventually('its BMC is unknown', async () => (await component('bmc'))?.health === 'unknown');
  await eventually('and its fans are', async () => (await component('bmc/FAN1'))?.health === 'unknown');
  expect((await view()).health).toBe('ok');
  await simulator.restart();
  await eventually('they are known again', async () => (await view()).components.length === 0);
});
