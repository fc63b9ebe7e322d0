import type { Reading } from '../protocol/reading.ts';
import type { Resources } from '../protocol/spec.ts';
import type { RunProgram } from './run-program.ts';

/*
 * A sensor reads all devices of one kind. Devices come and go while the agent runs, break, and lie; so:
 *
 * - what is not there has no readings, and that is no error: nothing is thrown, neither by `read` nor by `probe`;
 * - a device that is there and gives no sensible answer has a reading whose value is null, never 0;
 * - what a reading says beside its value and level (kind, component, critical limit) stays, whatever the value is;
 * - a name belongs to one device and stays with it for as long as the agent runs;
 * - what may wait (a bus, a program) is read in the background, and `read` gives what is known.
 */

/** What a sensor stands on: the real machine, or a tree of files and programs that stand for one. */
export interface Machine {
  readonly sysroot: string; // `/` for this machine
  readonly run: RunProgram;
  /** Where Network UPS Tools listen. */
  readonly nut: { readonly host: string; readonly port: number };
}

export interface Sensor {
  readonly kind: string;
  /** For people, on request: what there is, what is missing and how to get it. */
  readonly probe: () => Found | Promise<Found>;
  /** Once a cycle. `nowMs` is a monotonic clock: rates are taken over the time since the call before. */
  readonly read: (nowMs: number) => readonly Reading[] | Promise<readonly Reading[]>;
  /** How much of the machine's resources the latest `read` found in use. */
  readonly usage?: () => Resources;
  /** Until what `read` has begun in the background is over. */
  readonly settled?: () => Promise<void>;
}

export interface Found {
  readonly devices: readonly string[]; // as a person calls them: `sda`, `hwmon0 (coretemp), 5 inputs`
  /** Why there is nothing, or less than there could be, and how to get it; null when nothing is amiss. */
  readonly missing: string | null;
}
