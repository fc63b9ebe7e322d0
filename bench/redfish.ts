import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBmc } from '../hw/open-bmc.ts';
import type { RedfishConfig } from '../protocol/bmc-config.ts';
import { PASSWORD } from '../test/hw/ipmi/bmc-simulator.ts';
import { startRedfishService } from '../test/hw/redfish/redfish-service.ts';

/*
 * What reading a BMC over Redfish costs: `node bench/redfish.ts`. A table in docs/hardware.md. The service is a process of
 * its own on loopback, which answers at once; CPU time is that of this process, which asks.
 */

const ROUNDS = 50;

if (process.argv[2] === 'service') {
  const service = await startRedfishService(process.argv[3] ?? '', 'SN-1');
  process.send?.({ config: service.config() });
  setInterval(() => process.send?.({ requests: service.requests.length, connections: service.connections() }), 20);
} else {
  const directory = mkdtempSync(join(tmpdir(), 'ek-bench-'));
  const service = fork(import.meta.filename, ['service', directory]);
  const [{ config }] = (await once(service, 'message')) as [{ config: RedfishConfig }];
  let seen = { requests: 0, connections: 0 };
  service.on('message', (message: typeof seen) => {
    seen = message;
  });
  const counted = async () => {
    for (let n = 0; n < 3; n++) await once(service, 'message');
    return seen;
  };

  const bmc = openBmc(config, 'N1', directory);
  const cycle = ['Chassis/1U', 'Chassis/1U/Thermal', 'Chassis/1U/Power', 'Systems/1'];
  /** As scripts do it: each request logs in anew on a connection of its own. */
  const plain = (method: string, path: string, headers: Record<string, string>, body?: string) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      const { port } = config;
      const options = { host: '127.0.0.1', port, method, path: `/redfish/v1/${path}`, headers, agent: false as const };
      request({ ...options, rejectUnauthorized: false }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.headers));
      })
        .on('error', reject)
        .end(body);
    });
  const scripted = async () => {
    for (const path of cycle) {
      const login = JSON.stringify({ UserName: 'admin', Password: PASSWORD });
      const { 'x-auth-token': token, location } = await plain('POST', 'SessionService/Sessions', {}, login);
      const headers = { 'x-auth-token': String(token) };
      await plain('GET', path, headers);
      await plain('DELETE', String(location).replace('/redfish/v1/', ''), headers);
    }
  };
  const ways: [string, () => Promise<unknown>][] = [
    ['**Evenkeel, one cycle**: temperatures, fans, voltages, supplies, intrusion, system', () => bmc.sensors()],
    ['Evenkeel, power status', () => bmc.power()],
    [
      'Evenkeel, one cycle with a connection and a session of its own',
      () => bmc.close?.().then(() => bmc.sensors()) ?? bmc.power(),
    ],
    ['naive cycle: the same four, each with a connection and a session of its own', scripted],
  ];
  try {
    console.log('| what | wall ms | CPU ms | requests | TLS handshakes |\n| --- | --: | --: | --: | --: |');
    for (const [name, work] of ways) {
      for (let round = 0; round < 10; round++) await work(); // the code is compiled
      const before = await counted();
      const [cpu, from] = [process.cpuUsage(), performance.now()];
      for (let round = 0; round < ROUNDS; round++) await work();
      const [tookMs, { user, system }] = [performance.now() - from, process.cpuUsage(cpu)];
      const after = await counted();
      const cells = [
        tookMs,
        (user + system) / 1000,
        after.requests - before.requests,
        after.connections - before.connections,
      ];
      console.log(`| ${name} | ${cells.map((total) => (total / ROUNDS).toFixed(1)).join(' | ')} |`);
    }
  } finally {
    await bmc.close?.();
    service.kill();
    rmSync(directory, { recursive: true, force: true });
  }
}
