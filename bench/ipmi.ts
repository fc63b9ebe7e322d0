import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openBmc } from '../hw/open-bmc.ts';
import { PASSWORD, startSimulator } from '../test/hw/ipmi/bmc-simulator.ts';
import { startRelay } from '../test/hw/ipmi/udp-relay.ts';

/*
 * What reading a BMC costs: `node bench/ipmi.ts`. The table in docs/hardware.md. A simulated BMC on loopback, through a
 * relay that can make each packet late as a real BMC's are; CPU time is that of the programs started, without our own.
 */

const ROUNDS = 20;
const run = promisify(execFile);
/** Of this process's ended children, in clock ticks of 10 ms. */
const childrenCpuMs = () => {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return 10 * (Number(fields[13]) + Number(fields[14]));
};

const directory = mkdtempSync(join(tmpdir(), 'ek-bench-'));
const simulator = await startSimulator(join(directory, 'bmc'), 'SN-1');
const relay = await startRelay(simulator.port);
const env = { ...process.env, IPMITOOL_PASSWORD: PASSWORD };
const port = String(relay.port);
const ipmitool = (...command: string[]) =>
  run('ipmitool', ['-I', 'lanplus', '-H', '127.0.0.1', '-p', port, '-U', 'admin', '-E', '-C', '3', ...command], {
    env,
  }).catch(() => null);
const freeIpmi = (program: string, ...more: string[]) =>
  run(
    program,
    [
      ...['-D', 'LAN_2_0', '-h', `127.0.0.1:${port}`, '-u', 'admin', '-p', PASSWORD, '-I', '3', '-l', 'ADMIN'],
      ...['-W', 'opensesspriv', ...more],
    ],
    { env: { ...env, HOME: directory } },
  );
const bmc = openBmc(simulator.config({ port: relay.port, timeoutMs: 30_000 }), 'N1', join(directory, 'client'));

const ways: [string, () => Promise<unknown>][] = [
  ['**Evenkeel, one cycle**: sensors, chassis, log looked at', () => bmc.sensors().then(() => bmc.events?.())],
  ['`ipmitool sdr elist all`', () => ipmitool('sdr', 'elist', 'all')],
  ['`ipmitool sensor`', () => ipmitool('sensor')],
  [
    'naive cycle: `sdr elist all`, `sensor`, `sel elist`, `chassis status`',
    async () => {
      for (const command of ['sdr elist all', 'sensor', 'sel elist', 'chassis status'])
        await ipmitool(...command.split(' '));
    },
  ],
  ['`ipmitool chassis power status`', () => ipmitool('chassis', 'power', 'status')],
  ['Evenkeel, power status', () => bmc.power()],
  ['Evenkeel, identity', () => bmc.identity()],
];
const installed = await run('ipmi-sensors', ['--version']).then(
  () => true,
  () => false,
);
if (installed)
  ways.push(
    ['FreeIPMI `ipmi-sensors`, its cache warm', () => freeIpmi('ipmi-sensors')],
    [
      'FreeIPMI cycle: `ipmi-sensors`, `ipmi-sel`, `ipmi-chassis --get-chassis-status`',
      async () => {
        await freeIpmi('ipmi-sensors');
        await freeIpmi('ipmi-sel');
        await freeIpmi('ipmi-chassis', '--get-chassis-status');
      },
    ],
  );
else console.log('(FreeIPMI is not installed: Debian package freeipmi-tools)');

try {
  console.log('| what | wall ms | CPU ms | packets sent | wall ms, 10 ms later |\n| --- | --: | --: | --: | --: |');
  for (const [name, work] of ways) {
    relay.delayMs = 0;
    await work(); // caches are filled
    const [cpu, packets, from] = [childrenCpuMs(), relay.requests(), performance.now()];
    for (let round = 0; round < ROUNDS; round++) await work();
    const perRound = (total: number) => (total / ROUNDS).toFixed(1);
    const cells = [
      perRound(performance.now() - from),
      perRound(childrenCpuMs() - cpu),
      perRound(relay.requests() - packets),
    ];
    relay.delayMs = 5; // each way
    const late = performance.now();
    await work();
    console.log(`| ${name} | ${cells.join(' | ')} | ${(performance.now() - late).toFixed(0)} |`);
  }
} finally {
  relay.close();
  await simulator.stop();
  rmSync(directory, { recursive: true, force: true });
}
