import type { Reading } from '../protocol/reading.ts';

export type Power = 'on' | 'off';
/** What tells one server from another; '' where the BMC does not know it. */
export interface BmcIdentity {
  readonly guid: string;
  readonly serial: string;
}

/** What an entry of a log says of a component's health, which counts until it is taken back. */
export interface EventPart {
  readonly component: string; // as its readings are named: `bmc/FAN1`
  readonly level: 'warning' | 'critical';
  readonly asserted: boolean; // false: it takes back what is as bad or less
}

/** One entry of the BMC's own log (SEL). */
export interface BmcEvent {
  readonly id: number; // record id: grows, until the log is cleared; 0 where it is no number
  readonly when: string; // by the BMC's own clock, as it gives it; '' where it had none
  readonly text: string;
  readonly asserted: boolean; // false: it has passed
  readonly part?: EventPart; // where it says something of one
}

/**
 * A server's baseboard management controller. Every call takes at most the timeout given when it was opened and throws
 * OperatingError: BMC_UNREACHABLE (no answer) or BMC_REFUSED (it answered no: wrong password, not supported).
 */
export interface Bmc {
  power(): Promise<Power>;
  /** The command was accepted: it says nothing about whether the power is off. Ask power() for that. */
  powerOff(): Promise<void>;
  powerOn(): Promise<void>;
  sensors(): Promise<Reading[]>;
  identity(): Promise<BmcIdentity>;
  /** What its log has gained since the last call that read it; the very first only marks where it ends. Absent where there is no log. */
  events?(): Promise<BmcEvent[]>;
  /** What its FRU inventory says of the server: field → text. Absent where there is none. */
  inventory?(): Promise<ReadonlyMap<string, string>>;
  /** Gives back the session that it holds, if it holds one; never throws. A later call opens another. */
  close?(): Promise<void>;
}
