import type { Reading } from '../protocol/reading.ts';

export type Power = 'on' | 'off';
export interface BmcIdentity {
  readonly guid: string;
  readonly serial: string;
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
}

/** How a node's BMC is reached. `socket` may hold {node}, replaced by the node's name. */
export type BmcConfig = { readonly kind: 'mock'; readonly socket: string; readonly timeoutMs: number };
