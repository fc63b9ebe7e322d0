import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { OperatingError } from '../protocol/errors.ts';
import { readText } from './text-file.ts';

/*
 * The machine's watchdog timer, by the kernel's interface (Documentation/watchdog/watchdog-api.rst): opening it starts it, each
 * write winds it up again, and when that stops, the machine is reset. Closing after an exact `V` disarms it, unless the
 * driver was loaded with nowayout; closed without it, as when the program dies, it runs on.
 */

export interface Watchdog {
  /** Without a write for this long the machine is reset. */
  readonly timeoutMs: number;
  /** Throws WATCHDOG_UNAVAILABLE. */
  pet(): void;
  /** Disarms it where the driver allows. Never throws. */
  close(): void;
}

/** Where the driver does not say, the shortest that is common. */
const UNKNOWN_TIMEOUT_S = 10;

/** Starts the watchdog. Throws WATCHDOG_UNAVAILABLE: not there, no right, or in use (systemd's RuntimeWatchdogSec=). */
export function openWatchdog(device: string, sysroot = '/'): Watchdog {
  const attempt = <T>(what: string, work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      const why = (cause as Error).message;
      throw new OperatingError('WATCHDOG_UNAVAILABLE', `cannot ${what} the watchdog ${device}: ${why}`, { cause });
    }
  };
  const descriptor = attempt('open', () => openSync(device, constants.O_WRONLY)); // never made where it is not;
  const wind = () => attempt('wind up', () => writeSync(descriptor, '\0'));
  try {
    wind();
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return {
    timeoutMs: watchdogTimeoutMs(device, sysroot),
    pet: wind,
    close: () => {
      try {
        writeSync(descriptor, 'V');
      } catch {
        // it runs on, and the machine is reset: what a watchdog that cannot be disarmed is for
      }
      closeSync(descriptor);
    },
  };
}

/** What the driver has set; /dev/watchdog is the first one's other name. */
function watchdogTimeoutMs(device: string, sysroot: string): number {
  const name = basename(device) === 'watchdog' ? 'watchdog0' : basename(device);
  const seconds = Number(readText(join(sysroot, 'sys/class/watchdog', name, 'timeout')) ?? Number.NaN);
  return (seconds > 0 ? seconds : UNKNOWN_TIMEOUT_S) * 1000;
}
