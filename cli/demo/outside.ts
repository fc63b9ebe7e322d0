import { findTagged } from '../../hw/mock/processes.ts';
import type { Rack } from '../../hw/mock/rack.ts';
import { monotonicMs } from '../../protocol/clock.ts';
import type { ClusterView } from '../../protocol/view.ts';
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

/** What is wanting for every instance to run as a real process, once, and to act in its role; '' when nothing is. */
export function missingOf(
  applications: readonly Wanted[],
  running: readonly RunningInstance[],
  acting: ReadonlyMap<string, string>,
): string {
  const wrong: string[] = [];
  for (const { name, replicas, standby } of applications) {
    for (let i = 0; i < replicas + standby; i++) {
      const places = running.filter(({ instance }) => instance === `${name}/${i}`);
      if (places.length === 0) wrong.push(`${name}/${i} has no process`);
      if (places.length > 1) wrong.push(`${name}/${i} runs on ${places.map(({ node }) => node).join(' and ')}`);
    }
    const active = [...acting.keys()].filter((instance) => instance.startsWith(`${name}/`)).length;
    if (active !== replicas) wrong.push(`${active} of ${name} act, not ${replicas}`);
  }
  return wrong.length > 4 ? `${wrong.slice(0, 4).join('; ')}; and ${wrong.length - 4} more` : wrong.join('; ');
}

export interface Wanted {
  readonly name: string;
  readonly replicas: number;
  readonly standby: number;
}

/** The coordinator says that everything wanted is ready, and nothing is on its way. */
export function isSettled({ plan, apps, nodes }: ClusterView, applications: readonly Wanted[]): boolean {
  const still = nodes.every((node) => node.instances.every(({ moving }) => moving === null));
  const known = applications.every(({ name }) => apps.some(({ app }) => app === name));
  return plan === null && still && known && apps.every(({ ready, wanted }) => ready === wanted);
}
