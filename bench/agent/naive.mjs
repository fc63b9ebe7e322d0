import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import mqtt from 'mqtt';
import si from 'systeminformation';

/*
 * The agent that is written in an afternoon: the library's usual calls and three runs of ipmitool in each cycle, all of it
 * published as one JSON message. `node naive.mjs MQTT_URL EVERY_MS [ARGUMENT OF IPMITOOL…]`
 */

const [url = '', everyMs = '10000', ...bmc] = process.argv.slice(2);
const run = promisify(execFile);
const client = await mqtt.connectAsync(url);

/** @param {string[]} command */
async function ipmitool(...command) {
  return (await run('ipmitool', [...bmc, ...command])).stdout;
}

async function cycle() {
  const [load, memory, filesystems, disks, networks, temperature] = await Promise.all([
    si.currentLoad(),
    si.mem(),
    si.fsSize(),
    si.disksIO(),
    si.networkStats(),
    si.cpuTemperature(),
  ]);
  const sensors = bmc.length > 0 ? await ipmitool('sdr', 'elist', 'all') : null;
  const events = bmc.length > 0 ? await ipmitool('sel', 'elist') : null;
  const chassis = bmc.length > 0 ? await ipmitool('chassis', 'status') : null;
  const report = { load, memory, filesystems, disks, networks, temperature, sensors, events, chassis };
  await client.publishAsync('evenkeel/v1/others/node/naive/up/report', JSON.stringify(report));
}

await cycle();
setInterval(() => void cycle().catch((error) => console.error(error.message)), Number(everyMs));
