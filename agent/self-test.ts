import { accessSync, constants, readFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../hw/find-program.ts';
import type { AgentConfig } from './config.ts';
import { writeDurably } from './durable-file.ts';

/* What an agent needs of its machine to do its work, tried at its start. A fault is told and stops nothing. */

/** Below this, records and logs soon cannot be written. */
const LEAST_FREE_BYTES = 16 * 1024 * 1024;
/** A clock before this is one that was never set: boot ids are seeded from it. */
const LEAST_TIME_MS = Date.UTC(2026, 0, 1);

export interface Trial {
  readonly name: string;
  /** What is wrong; null when nothing is. */
  readonly fault: string | null;
}

/** Every trial, each by itself: one that fails hides no other. */
export function trials(config: AgentConfig, wallMs = Date.now()): Trial[] {
  return [
    tried('state', () => writesDurably(config.stateDir)),
    tried('room', () => {
      const { bavail, bsize } = statfsSync(config.stateDir);
      const freeBytes = bavail * bsize;
      return freeBytes < LEAST_FREE_BYTES ? `${config.stateDir} has ${Math.floor(freeBytes / 1024)} KiB left` : null;
    }),
    tried('proc', () => (readFileSync(join(config.sysroot, 'proc/stat'), 'utf8').startsWith('cpu ') ? null : 'no cpu')),
    tried('clock', () => (wallMs < LEAST_TIME_MS ? `it is set to ${new Date(wallMs).toISOString()}` : null)),
    ...bmcTrials(config),
    ...(config.watchdog === undefined ? [] : [tried('watchdog', () => writable(config.watchdog?.device ?? ''))]),
  ];
}

/** In one line, for the journal. */
export function selfTest(config: AgentConfig): { readonly passed: boolean; readonly detail: string } {
  const all = trials(config);
  const faults = all.filter(({ fault }) => fault !== null);
  const detail =
    faults.length === 0
      ? `the self-test passed: ${all.map(({ name }) => name).join(', ')}`
      : `the self-test failed: ${faults.map(({ name, fault }) => `${name}: ${fault}`).join('; ')}`;
  return { passed: faults.length === 0, detail: detail.slice(0, 300) };
}

function bmcTrials({ bmc }: AgentConfig): Trial[] {
  if (bmc?.kind !== 'ipmi') return [];
  const program = tried('ipmitool', () => {
    const wanted = bmc.program ?? 'ipmitool';
    return findProgram(wanted) === null ? `${wanted} is not installed` : null;
  });
  return bmc.transport === 'open' ? [program, tried('bmc', () => writable(`/dev/ipmi${bmc.device}`))] : [program];
}

function tried(name: string, trial: () => string | null): Trial {
  try {
    return { name, fault: trial() };
  } catch (error) {
    return { name, fault: (error as Error).message };
  }
}

function writesDurably(stateDir: string): string | null {
  const path = join(stateDir, 'self-test');
  try {
    writeDurably(path, 'evenkeel\n');
    return readFileSync(path, 'utf8') === 'evenkeel\n' ? null : `${path} does not hold what was written`;
  } finally {
    rmSync(path, { force: true });
  }
}

function writable(path: string): null {
  accessSync(path, constants.R_OK | constants.W_OK);
  return null;
}
