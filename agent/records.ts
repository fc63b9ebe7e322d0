import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { AssignedInstance } from '../protocol/messages.ts';
import { encodeChecked, readChecked } from './checked-json.ts';
import { writeDurably } from './durable-file.ts';
import type { SlotKey } from './state.ts';

/**
 * What is on disk about one generation of an instance. Written before its process is started (with no pid yet; the token leads
 * to the process), and again once the pid is known: a crash at any moment loses nothing.
 */
export const InstanceRecord = z.strictObject({
  v: z.literal(1),
  token: z.string().min(8),
  machineBoot: z.string(),
  pid: z.int().positive().nullable(),
  startTicks: z.int().nonnegative().nullable(),
  ports: z.record(z.string(), z.int()),
  ready: z.boolean(), // its readiness probe has passed: it is not called unready after the agent's restart
  assigned: AssignedInstance, // its role is the one that the process has been told
});
export type InstanceRecord = z.infer<typeof InstanceRecord>;

export interface LoadedRecords {
  readonly records: readonly InstanceRecord[];
  readonly corrupt: readonly string[]; // one line for each file set aside
}

/** `web/0#3` as a file name. */
export function fileNameOf(key: SlotKey): string {
  return key.replace('/', '_').replace('#', '_');
}

function recordsDir(stateDir: string): string {
  return join(stateDir, 'instances');
}
function recordPath(stateDir: string, key: SlotKey): string {
  return join(recordsDir(stateDir), `${fileNameOf(key)}.json`);
}

export function writeRecord(stateDir: string, key: SlotKey, record: InstanceRecord): void {
  mkdirSync(recordsDir(stateDir), { recursive: true });
  writeDurably(recordPath(stateDir, key), encodeChecked(record));
}

export function forgetRecord(stateDir: string, key: SlotKey): void {
  rmSync(recordPath(stateDir, key), { force: true });
}

/** Reads every record; a corrupt one is not believed. With `setAside` it is renamed, so that it is spoken of once. */
export function loadRecords(stateDir: string, setAside: boolean): LoadedRecords {
  const records: InstanceRecord[] = [];
  const corrupt: string[] = [];
  for (const path of recordFiles(stateDir)) {
    const checked = readChecked(InstanceRecord, path);
    if (checked.kind === 'ok') records.push(checked.value);
    else if (checked.kind === 'corrupt') {
      corrupt.push(checked.detail);
      if (setAside) putAside(path);
    }
  }
  return { records, corrupt };
}

function recordFiles(stateDir: string): string[] {
  try {
    return readdirSync(recordsDir(stateDir))
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => join(recordsDir(stateDir), name));
  } catch {
    return [];
  }
}

/** Kept for whoever wants to know what happened: the newest one of each name. */
export function putAside(path: string): void {
  try {
    renameSync(path, `${path.slice(0, path.length - basename(path).length)}${basename(path)}.corrupt`);
  } catch {
    rmSync(path, { force: true });
  }
}
