import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OperatingError } from '../protocol/errors.ts';
import { readProcess } from './proc.ts';

/** One agent per state directory. The lock names a process for good (pid and start time), so a dead agent's does not count. */
export function lockStateDir(stateDir: string): () => void {
  const path = join(stateDir, 'agent.lock');
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o750 });
  } catch (cause) {
    throw new OperatingError('CONFIG_INVALID', `stateDir: ${stateDir} cannot be made: ${(cause as Error).message}`, {
      cause,
    });
  }
  const [pid, startTicks] = readLock(path);
  const holder = pid === undefined || pid === process.pid ? null : readProcess(pid);
  if (holder?.alive && holder.startTicks === startTicks)
    throw new OperatingError('CONFLICT', `stateDir: ${stateDir} is in use by another agent, process ${pid}`);
  try {
    writeFileSync(path, `${process.pid} ${readProcess(process.pid)?.startTicks}\n`);
  } catch {
    // a full disk: better an agent without its lock than none
  }
  return () => rmSync(path, { force: true });
}

function readLock(path: string): [number | undefined, number | undefined] {
  try {
    const [pid, startTicks] = readFileSync(path, 'utf8').trim().split(' ').map(Number);
    return Number.isInteger(pid) ? [pid, startTicks] : [undefined, undefined];
  } catch {
    return [undefined, undefined];
  }
}
