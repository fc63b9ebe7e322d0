import { cpuSensor } from '../../hw/cpu.ts';
import { diskSensor } from '../../hw/disk-io.ts';
import { eccSensor } from '../../hw/ecc.ts';
import { fakeCpu } from '../../hw/fake/cpu.ts';
import { fakeDisks, fakeFilesystems } from '../../hw/fake/disk.ts';
import { fakeEcc } from '../../hw/fake/ecc.ts';
import { fakeHwmon, fakeThermal } from '../../hw/fake/hwmon.ts';
import type { FakeDevice } from '../../hw/fake/machine.ts';
import { fakeMemory, fakePressure } from '../../hw/fake/memory.ts';
import { fakeNetwork } from '../../hw/fake/network.ts';
import { fakePowerSupply } from '../../hw/fake/power-supply.ts';
import { fakeRaid } from '../../hw/fake/raid.ts';
import { ataDisk, fakeSmart, nvmeDisk } from '../../hw/fake/smart.ts';
import { fakeUps, UPS_VARIABLES } from '../../hw/fake/ups.ts';
import { filesystemSensor } from '../../hw/filesystems.ts';
import { hwmonSensor } from '../../hw/hwmon.ts';
import { memorySensor } from '../../hw/memory.ts';
import { networkSensor } from '../../hw/network.ts';
import { powerSupplySensor } from '../../hw/power-supply.ts';
import { pressureSensor } from '../../hw/pressure.ts';
import { raidSensor } from '../../hw/raid.ts';
import { runProgram } from '../../hw/run-program.ts';
import type { Machine, Sensor } from '../../hw/sensor.ts';
import { smartSensor } from '../../hw/smart.ts';
import { SENSORS } from '../../hw/system.ts';
import { thermalSensor } from '../../hw/thermal.ts';
import { upsSensor } from '../../hw/ups.ts';
import { realSensorContract, sensorContract } from './sensor-contract.ts';

const twoDisks = () => {
  const disks = new Map([
    ['/dev/sda', ataDisk()],
    ['/dev/nvme0', nvmeDisk()],
  ]);
  const smart = fakeSmart(disks);
  const again: FakeDevice = {
    plug: (machine) => {
      disks.set('/dev/sda', ataDisk()).set('/dev/nvme0', nvmeDisk());
      smart.plug(machine);
    },
    unplug: smart.unplug,
  };
  return again;
};

const CONTRACTS: Readonly<Record<string, readonly [(machine: Machine) => Sensor, () => FakeDevice]>> = {
  cpu: [cpuSensor, () => fakeCpu],
  memory: [memorySensor, () => fakeMemory],
  pressure: [pressureSensor, () => fakePressure],
  raid: [raidSensor, () => fakeRaid],
  ecc: [eccSensor, () => fakeEcc],
  'power-supply': [powerSupplySensor, () => fakePowerSupply],
  ups: [upsSensor, () => fakeUps({ variables: UPS_VARIABLES })],
  hwmon: [hwmonSensor, () => fakeHwmon],
  thermal: [thermalSensor, () => fakeThermal],
  filesystems: [filesystemSensor, () => fakeFilesystems],
  smart: [smartSensor, twoDisks],
  network: [networkSensor, () => fakeNetwork],
  disks: [diskSensor, () => fakeDisks],
};
for (const [kind, [create, makeDevice]] of Object.entries(CONTRACTS)) sensorContract(kind, create, makeDevice);

/** HW=1: what is under this machine is only read. */
if (process.env.HW === '1')
  for (const create of SENSORS)
    realSensorContract(create, { sysroot: '/', run: runProgram, nut: { host: '127.0.0.1', port: 3493 } });
