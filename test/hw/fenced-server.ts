import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBmc } from '../../hw/open-bmc.ts';
import { ownIdentity } from '../../hw/own-identity.ts';
import type { RemoteBmcConfig } from '../../protocol/bmc-config.ts';
import type { ServerIdentity } from '../../protocol/messages.ts';
import { startSimulator } from './ipmi/bmc-simulator.ts';
import { inBandProgram } from './ipmi/in-band-program.ts';
import { startRedfishService } from './redfish/redfish-service.ts';
import { waitFor } from './wait-for.ts';

/**
 * How its BMC misbehaves: `stuck` accepts a power-off and stays on; `touchy` answers an error where it is off already;
 * `hasty` says off at once, and what runs on it dies a third of a second later.
 */
export type Quirk = 'stuck' | 'touchy' | 'hasty';
export const HASTY_S = 0.33;

/** A server with a process on it, which its BMC starts and kills. */
export interface FencedServer {
  /** How the coordinator reaches its BMC. */
  readonly config: RemoteBmcConfig;
  /** What its agent has learnt of it without any network. */
  readonly identity: ServerIdentity;
  readonly pid: number;
  quirk(name: Quirk | null): void;
  /** Its BMC is dead from now on. */
  silence(): Promise<void>;
  stop(): Promise<void>;
}

export async function serverWithIpmi(directory: string, serial: string): Promise<FencedServer> {
  const simulator = await startSimulator(join(directory, 'bmc'), serial);
  const bmc = openBmc(simulator.config(), 'N1', join(directory, 'setup'));
  await bmc.powerOff();
  await bmc.powerOn();
  await waitFor('the node runs', () => simulator.nodePid() !== null);
  const inBand = inBandProgram(simulator);
  const own = await ownIdentity(openBmc(inBand, 'N1', join(directory, 'agent')), inBand, '/');
  return {
    config: simulator.config(),
    identity: { serial, vendor: '', model: '', ...(own ? { inBand: own } : {}) },
    pid: simulator.nodePid() ?? 0,
    quirk: (name) => {
      for (const each of ['stuck', 'touchy'] as const) simulator.quirk(each, name === each);
      simulator.quirk('hasty', name === 'hasty', String(HASTY_S));
    },
    silence: () => simulator.silence(),
    stop: () => simulator.stop(),
  };
}

export async function serverWithRedfish(directory: string, serial: string): Promise<FencedServer> {
  const service = await startRedfishService(join(directory, 'bmc'), serial);
  const node: ChildProcess = spawn('sleep', ['1000000'], { stdio: 'ignore' });
  await once(node, 'spawn');
  const gone = once(node, 'exit');
  let hasty = false;
  service.powerOffHook = (done) => {
    if (hasty) {
      done();
      setTimeout(() => node.kill('SIGKILL'), 1000 * HASTY_S);
    } else {
      node.kill('SIGKILL');
      void gone.then(done);
    }
  };
  const sysroot = join(directory, 'sysroot');
  mkdirSync(join(sysroot, 'sys/class/dmi/id'), { recursive: true });
  writeFileSync(join(sysroot, 'sys/class/dmi/id/product_uuid'), `${service.guid.toUpperCase()}\n`);
  const own = await ownIdentity(null, service.config(), sysroot);
  return {
    config: service.config(),
    identity: { serial, vendor: '', model: '', ...(own ? { inBand: own } : {}) },
    pid: node.pid ?? 0,
    quirk: (name) => {
      hasty = name === 'hasty';
      service.quirk = name === 'hasty' ? null : name;
    },
    silence: () => service.close(),
    stop: async () => {
      node.kill('SIGKILL');
      await Promise.all([gone, service.close()]);
    },
  };
}
