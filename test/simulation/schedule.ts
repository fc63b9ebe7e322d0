import type { Settings } from '../../coordinator/core/settings.ts';
import { pick, roll } from './random.ts';

/* What befalls a cluster: its shape and a list of faults, both from one seed. The list is plain data, so it can be kept and shrunk. */

export const FAULTS = [
  'power-off', // the machine loses power, and has it again later
  'freeze', // the whole machine stands still
  'agent-crash', // kill -9 of the agent; its instances run on
  'agent-pause', // SIGSTOP of the agent, both threads
  'agent-hang', // its main thread makes no progress
  'guard-kill',
  'app-crash',
  'app-broken', // nothing of one application becomes ready on this node
  'cut', // the node's connections, both ways
  'cut-up', // only what it sends is lost
  'cut-down', // only what is sent to it is lost
  'jam', // what it sends and is sent comes late, all at once
  'loss',
  'lag', // messages take up to seconds, and overtake each other
  'doubling',
  'coordinator-cut',
  'coordinator-deaf', // what is sent to it is lost
  'coordinator-mute', // what it sends is lost
  'broker-down',
  'coordinator-crash',
  'coordinator-pause',
  'store-full', // nothing can be written
  'store-slow', // every commit takes long, and the coordinator waits for it
  'store-dies', // the coordinator dies just before or just after a commit
  'bmc-silent',
  'bmc-stuck', // says yes and stays on
  'bmc-slow',
  'bmc-lying', // says `off` as soon as it has accepted
  'solver-fails',
  'drain',
  'renew', // an application's runtime changes
  'scale',
  'confirm-dead', // of what is known to have no power
  'disarm',
  'link-flap', // the node's link goes down for seconds and comes up for as long, again and again
] as const;
export type FaultKind = (typeof FAULTS)[number];

export interface Fault {
  readonly kind: FaultKind;
  readonly atMs: number;
  readonly forMs: number;
  readonly node: number; // index; for what is not about one node, whatever it is used for
  readonly amount: number; // 0 to 1: how bad
}

export interface Shape {
  readonly nodes: number;
  readonly bmc: 'all' | 'some' | 'none';
  readonly tickMs: number;
  readonly ratePpm: number; // clocks run wrong by up to this
  readonly bootsAgain: boolean; // somebody switches fenced machines on again
  readonly tight: boolean; // instances are so large that not all fit when a node is gone
  readonly limits?: Limits; // the product's own where there are none
  readonly flapsAlone?: boolean; // one link flaps, and nothing else happens
}

/** Limits over minutes and hours, made short enough for a schedule. */
export type Limits = Partial<Pick<Settings, 'fenceShare' | 'fenceWindowMs' | 'flapping'>>;

function limitsOf(at: (what: string) => number): Limits {
  if (at('limits') < 0.3) return {};
  return {
    fenceShare: pick([0.2, 0.5, 0.67], at('fence share')),
    fenceWindowMs: pick([4000, 10_000, 25_000], at('fence window')),
    flapping: {
      failures: pick([2, 3], at('failures')),
      windowMs: pick([15_000, 40_000], at('flap window')),
      holdMs: pick([3000, 6000], at('hold')),
      holdMaxMs: 12_000,
      steadyMs: pick([4000, 10_000], at('steady')),
    },
  };
}

export interface Schedule {
  readonly seed: number;
  readonly shape: Shape;
  readonly faults: readonly Fault[];
  readonly horizonMs: number; // then everything is healed
}

const WARM_UP_MS = 3000;

/** With a focus, only these kinds of faults: to look for one kind of mistake. */
export function scheduleOf(seed: number, focus: readonly FaultKind[] | null = null): Schedule {
  const at = (what: string, k = 0) => roll(seed, `schedule ${what}`, k);
  const horizonMs = 12_000 + Math.floor(at('horizon') * 18_000);
  const kinds = focus ?? FAULTS.filter((_, k) => at('mask', k) < 0.45); // a swarm: each seed tries few kinds, together
  const count = kinds.length === 0 ? 0 : 2 + Math.floor(at('count') * 7);
  const size = at('nodes');
  const nodes = size < 0.7 ? 3 : size < 0.9 ? 4 : 5; // with five, two may be fenced at once
  const favourite = Math.floor(at('favourite') * nodes); // troubles come together, in place and in time
  const worst = at('worst') * 0.7; // when most of it happens
  const moment = (k: number) => (at('then', k) < 0.5 ? worst + 0.15 * at('at', k) : at('at', k));
  const fault = (_: unknown, k: number): Fault => {
    const kind = pick(kinds, at('kind', k));
    const ofBmc = kind.startsWith('bmc') || kind === 'link-flap'; // such a fault is there before anybody notices, and stays
    const then = ofBmc ? at('at', k) * worst : moment(k);
    return {
      kind,
      atMs: WARM_UP_MS + Math.floor(then * (horizonMs - WARM_UP_MS)),
      forMs: Math.floor(ofBmc ? 8000 + at('for', k) * 20_000 : 200 + at('for', k) ** 2 * 18_000),
      node: at('same', k) < (ofBmc ? 0.8 : 0.5) ? favourite : Math.floor(at('node', k) * nodes),
      amount: at('amount', k),
    };
  };
  const faults = Array.from({ length: count }, fault);
  const schedule: Schedule = {
    seed,
    shape: {
      nodes,
      bmc: pick(['all', 'all', 'all', 'some', 'none'] as const, at('bmc')),
      tickMs: pick([200, 250, 400], at('tick')),
      ratePpm: pick([0, 1000, 9000], at('rate')),
      bootsAgain: at('boots') < 0.5,
      tight: at('tight') < 0.5,
      limits: limitsOf(at),
    },
    faults: faults.sort((a, b) => a.atMs - b.atMs),
    horizonMs,
  };
  return focus === null && seed % ALONE === 7 ? flapAlone(schedule) : schedule;
}

/** One seed of so many is about a flapping link alone, with room for all: what waits for room is started wherever there is some. */
const ALONE = 25;

function flapAlone(schedule: Schedule): Schedule {
  const at = (what: string) => roll(schedule.seed, `flap ${what}`, 0);
  const { nodes } = schedule.shape;
  const fault: Fault = {
    kind: 'link-flap',
    atMs: WARM_UP_MS,
    forMs: 40_000,
    node: Math.floor(at('node') * nodes),
    amount: at('amount'),
  };
  const limits = limitsOf((what) => Math.max(0.3, at(what)));
  const shape: Shape = { ...schedule.shape, limits, tight: false, bootsAgain: true, flapsAlone: true };
  return { ...schedule, shape, faults: [fault], horizonMs: WARM_UP_MS + 40_000 };
}

export function faultText(fault: Fault): string {
  const until = ((fault.atMs + fault.forMs) / 1000).toFixed(1);
  return `${(fault.atMs / 1000).toFixed(1)}-${until} s ${fault.kind} N${fault.node + 1} (${fault.amount.toFixed(2)})`;
}
