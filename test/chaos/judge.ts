import type { Overlap } from '../../cli/demo/ledger.ts';
import { isolationOf } from './applications.ts';

/* What a run came to, from what was seen outside, and which of it must not be. */

export interface Seen {
  /** Where instances ran before the fault and run now that everything is well again, with their processes. */
  readonly before: readonly Placed[];
  readonly after: readonly Placed[];
  /** Orders that BMCs carried out. */
  readonly orders: readonly { readonly node: string; readonly to: 'on' | 'off' }[];
  readonly overlaps: readonly Overlap[];
  /** Nodes that may be fenced, and whose instances may be placed anew. */
  readonly given: ReadonlySet<string>;
  readonly crashed: string | null;
  /** Nodes may have heard no coordinator for longer than a lease. */
  readonly leasesMayEnd: boolean;
  /** A node that stood still for longer than a lease and went on, by the ledgers' clock. */
  readonly thawed: { readonly node: string; readonly atMs: number } | null;
}
export interface Placed {
  readonly instance: string;
  readonly node: string;
  readonly pids: readonly number[];
}

export interface Judgement {
  /** Overlaps and fences, moves and restarts that nothing had led to are told in `violations`. */
  readonly violations: readonly string[];
  readonly overlaps: number;
  readonly fences: number;
  /** Of nodes that nothing had hit. */
  readonly needlessFences: number;
  readonly moves: number;
  readonly restarts: number;
  /** Instances with the policy `stop` that their lease has ended. */
  readonly leaseStops: number;
  /** After it went on, something on the thawed node still acted for so long although it had been taken over by its lease. */
  readonly afterThawMs: number | null;
}

/** A guard ends what its lease has ended as soon as its machine goes on, at most so late: what agents promise (`stopBoundMs`). */
const STOP_BOUND_MS = 1000;

export function judge(seen: Seen): Judgement {
  const { orders, given } = seen;
  const violations: string[] = [];
  const remnants = seen.overlaps.flatMap((overlap) => remnantMs(overlap, seen) ?? []);
  const overlaps = seen.overlaps.filter((overlap) => remnantMs(overlap, seen) === null);
  for (const { of, a, b } of overlaps)
    violations.push(
      `${of} was active twice: process ${a.pid} on ${a.node} (generation ${a.generation}) and ${b.pid} on ${b.node} (${b.generation}), ${Math.round(Math.min(a.toMs, b.toMs) - b.fromMs)} ms together`,
    );
  const fences = orders.filter(({ to }) => to === 'off');
  const needless = fences.filter(({ node }) => !given.has(node));
  for (const { node } of needless) violations.push(`${node} was switched off`);
  const { moved, restarted, leaseStops } = unasked(seen);
  if (moved.length > 0) violations.push(`moved without a reason: ${moved.join(', ')}`);
  if (restarted.length > 0) violations.push(`started anew without a reason: ${restarted.join(', ')}`);
  return {
    violations,
    overlaps: overlaps.length,
    fences: fences.length,
    needlessFences: needless.length,
    moves: moved.length,
    restarts: restarted.length,
    leaseStops,
    afterThawMs: remnants.length === 0 ? null : Math.round(Math.max(...remnants)),
  };
}

/** How long after the thaw the old process acted, where that is all that there is to the overlap. */
function remnantMs({ a, b }: Overlap, { thawed }: Seen): number | null {
  const old = [a, b].find(({ node }) => node === thawed?.node);
  if (!thawed || !old || isolationOf(old.instance) !== 'stop') return null;
  const remnant = old.toMs - thawed.atMs;
  return remnant >= 0 && remnant <= STOP_BOUND_MS && old.fromMs < thawed.atMs ? remnant : null;
}

/** What was moved or started anew although nothing had hit it. */
function unasked({ before, after, given, crashed, leasesMayEnd, thawed }: Seen) {
  const now = new Map(after.map((one) => [one.instance, one]));
  const [moved, restarted]: [string[], string[]] = [[], []];
  let leaseStops = 0;
  for (const { instance, node, pids } of before) {
    if (given.has(node)) continue;
    const is = now.get(instance);
    const underLease = isolationOf(instance) === 'stop';
    if (is?.node !== node) {
      if (underLease && node === thawed?.node) leaseStops++;
      else moved.push(`${instance} from ${node} to ${is?.node ?? 'nowhere'}`);
    } else if (instance === crashed || pids.every((pid) => is.pids.includes(pid))) continue;
    else if (underLease && (leasesMayEnd || node === thawed?.node)) leaseStops++;
    else restarted.push(`${instance} on ${node}`);
  }
  return { moved, restarted, leaseStops };
}
