import { findTagged } from '../../hw/mock/processes.ts';
import type { Rack } from '../../hw/mock/rack.ts';
import { activeSpans, type LedgerReader } from './ledger.ts';

/*
 * The cluster seen from outside: which processes really run, on which server, and what they themselves wrote down. Nothing
 * here asks the coordinator or an agent.
 */

export interface RunningInstance {
  readonly instance: string;
  readonly node: string;
  readonly pids: readonly number[];
}

/** Instances that have live processes, by the tags that these carry; one entry for each node on which one lives. */
export function runningInstances(rack: Rack): RunningInstance[] {
  const nodeOf = new Map(rack.nodes.map((node) => [rack.server(node).serial, node]));
  const found = new Map<string, { instance: string; node: string; pids: number[] }>();
  for (const { pid, server, instance } of findTagged(rack.id)) {
    if (instance === null) continue;
    const node = nodeOf.get(server) ?? `an old server (${server})`;
    const entry = found.get(`${instance} ${node}`) ?? { instance, node, pids: [] };
    entry.pids.push(pid);
    found.set(`${instance} ${node}`, entry);
  }
  return [...found.values()].sort((a, b) => compare(a.instance, b.instance) || compare(a.node, b.node));
}

const { compare } = new Intl.Collator('en', { numeric: true });
export const byName = compare;

/** CLOCK_MONOTONIC, on which the ledgers count. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1000;
}

/** How recent an active instance's last line must be for it to count as acting now. */
const FRESH_MS = 1000;

/** Who acts as active at this moment, as the instances themselves say: instance → node; who wrote last comes last. */
export function actingNow(ledger: LedgerReader): Map<string, string> {
  const now = monotonicMs();
  const acting = new Map<string, string>();
  const spans = activeSpans(ledger.since(now - FRESH_MS)).sort((a, b) => a.toMs - b.toMs);
  for (const { instance, node } of spans) {
    acting.delete(instance); // of two processes of one slot, the newer one counts
    acting.set(instance, node);
  }
  return acting;
}
