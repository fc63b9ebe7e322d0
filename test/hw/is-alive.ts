import { readFileSync } from 'node:fs';

/** Runs, and is no zombie. */
export function isAlive(pid: number | null): boolean {
  if (pid === null) return false;
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
