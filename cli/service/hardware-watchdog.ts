import { openWatchdog, type Watchdog } from '../../hw/watchdog.ts';
import { say } from '../terminal.ts';

/** The watchdog as a program holds it: one that cannot be had is spoken of, and the program runs without it. */
export function holdWatchdog(device: string | undefined, sysroot: string): Watchdog | null {
  if (device === undefined) return null;
  try {
    const watchdog = openWatchdog(device, sysroot);
    return { ...watchdog, pet: () => attempt(() => watchdog.pet()) };
  } catch (error) {
    say(`evenkeel: ${(error as Error).message}`);
    return null;
  }
}

function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    say(`evenkeel: ${(error as Error).message}`);
  }
}
