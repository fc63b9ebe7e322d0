import { readFileSync } from 'node:fs';
import { AssignedInstance } from '../protocol/messages.ts';
import { portVariable } from './environment.ts';
import { environmentOf, type Process, scanProcesses } from './proc.ts';
import { groupMembers, TOKEN_VARIABLE } from './process-group.ts';
import { forgetRecord, type InstanceRecord, loadRecords, writeRecord } from './records.ts';
import { slotKey } from './state.ts';

export interface Adoption {
  /** With pid and start time: their processes live. */
  readonly living: readonly InstanceRecord[];
  /** Groups whose leader is gone, or which cannot be understood: to be killed. */
  readonly strays: readonly Process[];
  readonly corrupt: readonly string[];
}

/**
 * What an agent finds at its start. Records lead to processes (same machine boot, pid and start time); a process with our
 * token but no believable record is understood from its environment, so that a lost file stops nothing that runs.
 */
export function findInstances(stateDir: string, prefix: string, boot: string): Adoption {
  const { records, corrupt } = loadRecords(stateDir, true);
  const processes = scanProcesses().filter((process) => process.alive);
  const bearers = new Map<string, Process[]>();
  for (const process of processes) {
    const token = environmentOf(process.pid).get(TOKEN_VARIABLE);
    if (token?.startsWith(prefix)) bearers.set(token, [...(bearers.get(token) ?? []), process]);
  }
  const living: InstanceRecord[] = [];
  const strays: Process[] = [];
  for (const record of records) {
    const found = bearers.get(record.token) ?? [];
    bearers.delete(record.token);
    const leader = leaderOf(record, boot, processes, found);
    if (leader) {
      const known = { ...record, pid: leader.pid, startTicks: leader.startTicks };
      if (record.pid !== leader.pid) tryWrite(stateDir, known);
      living.push(known);
    } else {
      strays.push(...found, ...leftOver(record, boot, processes));
      forgetRecord(stateDir, slotKey(record.assigned));
    }
  }
  for (const [token, found] of bearers) {
    const record = fromEnvironment(token, boot, found);
    if (record && !living.some((other) => slotKey(other.assigned) === slotKey(record.assigned))) {
      tryWrite(stateDir, record);
      living.push(record);
    } else strays.push(...found);
  }
  return { living, strays, corrupt };
}

function leaderOf(
  record: InstanceRecord,
  boot: string,
  processes: readonly Process[],
  bearers: readonly Process[],
): Process | undefined {
  if (record.machineBoot !== boot) return undefined;
  if (record.pid === null) return bearers.find((process) => process.pid === process.pgrp);
  return processes.find((process) => process.pid === record.pid && process.startTicks === record.startTicks);
}

function leftOver(record: InstanceRecord, boot: string, processes: readonly Process[]): Process[] {
  if (record.machineBoot !== boot || record.pid === null || record.startTicks === null) return [];
  return groupMembers({ pid: record.pid, startTicks: record.startTicks, token: record.token }, processes);
}

function tryWrite(stateDir: string, record: InstanceRecord): void {
  try {
    writeRecord(stateDir, slotKey(record.assigned), record);
  } catch {
    // a full disk: the token finds the process next time as well
  }
}

/** The instance as its leader's environment tells it. Demand and probes are known again with the next assignment. */
function fromEnvironment(token: string, boot: string, found: readonly Process[]): InstanceRecord | null {
  const leader = found.find((process) => process.pid === process.pgrp);
  if (!leader) return null;
  const environment = environmentOf(leader.pid);
  const ports: Record<string, number> = {};
  for (const [name, value] of environment) {
    const port = /^PORT_([A-Z][A-Z0-9_]*)$/.exec(name)?.[1]?.toLowerCase().replaceAll('_', '-');
    if (port !== undefined && portVariable(port) === name) ports[port] = Number(value);
  }
  const assigned = AssignedInstance.safeParse({
    instance: environment.get('EVENKEEL_INSTANCE'),
    generation: Number(environment.get('EVENKEEL_GENERATION')),
    role: roleNow(environment),
    isolation: environment.get('EVENKEEL_ISOLATION'),
    demand: {},
    runtime: { driver: 'process', command: commandOf(leader.pid) },
    probes: {},
  });
  if (!assigned.success) return null;
  return {
    v: 1,
    token,
    machineBoot: boot,
    pid: leader.pid,
    startTicks: leader.startTicks,
    ports,
    ready: true,
    assigned: assigned.data,
  };
}

function roleNow(environment: ReadonlyMap<string, string>): string | undefined {
  try {
    return readFileSync(environment.get('EVENKEEL_ROLE_FILE') ?? '', 'utf8').trim();
  } catch {
    return environment.get('EVENKEEL_ROLE');
  }
}

function commandOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}
