/** The times and limits by which the coordinator decides. All configurable; shell/config.ts checks that they fit together. */
export interface Settings {
  readonly heartbeatMs: number; // agents' interval
  readonly hintAfterMs: number; // silence after which the BMC is asked (two missed heartbeats)
  readonly suspectAfterMs: number;
  readonly decideAfterMs: number; // silence after which a node is dead and is fenced
  readonly leaseMs: number; // granted with each heartbeat
  readonly leaseMarginMs: number; // beyond lease and stop bound before work is taken over by elapsed time
  readonly hungAfterMs: number; // an agent whose main thread makes no progress for this long is as good as silent
  readonly settleMs: number; // between two readings of `off` after a power-off of ours
  readonly bmcRetryMs: number; // between questions to a BMC that did not say off
  readonly startGraceMs: number; // after its own start the coordinator gives up on no node for this long
  readonly massSilenceShare: number; // this share or more of nodes silent at once: the network is at fault, nothing is evicted
  readonly fenceShare: number; // of the nodes, one at least, may be fenced within fenceWindowMs
  readonly fenceWindowMs: number;
  readonly readyTimeoutMs: number; // a step's start must be ready by then, or the step has failed
  readonly stopTimeoutMs: number; // beyond the instance's own grace
  readonly maxConcurrentMoves: number;
  readonly solverSteps: number;
  readonly replanDelayMs: number; // changes are gathered for this long before the solver is asked
  readonly maxMovesPerPlan: number; // instances that could stay where they are, for the better only
  readonly rebalanceGain: number; // net gain, in moves, below which nothing healthy is moved for balance
  readonly rebalanceCooldownMs: number; // between voluntary rebalancings
  readonly performance: {
    readonly smoothingMs: number; // time constant of the exponential average
    readonly holdMs: number; // missed for this long before anything moves
    readonly clearShare: number; // met again below target times this (hysteresis)
    readonly cooldownMs: number; // after a move of an application for performance
    readonly pressurePercent: number; // PSI cpu some, avg10, of a node
  };
  readonly flapping: {
    readonly failures: number; // within windowMs quarantine a node
    readonly windowMs: number;
    readonly holdMs: number; // a node must be well for this long before its first quarantine ends, twice as long after each further failure
    readonly holdMaxMs: number;
    readonly steadyMs: number; // after a failure of a node nothing is moved there for the better for this long
  };
  readonly measuredDemand: {
    readonly leastShare: number; // of its demand an instance counts for at least, however little it uses
    readonly mostShare: number; // and at most, however much
    readonly fallMs: number; // after which a peak is down to a twentieth
  };
  readonly bmc: { readonly all: boolean; readonly nodes: readonly string[] }; // which nodes have a BMC the coordinator can reach
  readonly reserveShare: number; // of each node's capacity that placement leaves free
  readonly health: HealthSettings;
}

export interface HealthSettings {
  readonly warningHoldMs: number; // a warning counts after this
  readonly criticalHoldMs: number;
  readonly clearMs: number; // well for this long, and up to four times that after a long fault, before it is forgotten
  readonly keepMs: number; // a component without readings keeps its judgement for this long
  readonly eventMs: number; // an event that nothing takes back counts for this long
  readonly trend: {
    readonly bucketMs: number; // readings are averaged over this: a whole period of what swings
    readonly leastBuckets: number; // averages that a trend needs
    readonly horizonMs: number; // a limit that is reached within this makes the component degraded
  };
  /** Growth within a day from which a component is degraded. */
  readonly perDay: {
    readonly corrected: number;
    readonly media: number;
    readonly pending: number;
    readonly reallocated: number;
    readonly link: number;
  };
  /** Node, or `*` for all → sensors that are not believed there; `*` in a name stands for anything. */
  readonly deny: Readonly<Record<string, readonly string[]>>;
}

const DAY_MS = 86_400_000;

export const DEFAULT_SETTINGS: Settings = {
  heartbeatMs: 1000,
  hintAfterMs: 2200,
  suspectAfterMs: 2500,
  decideAfterMs: 5000,
  leaseMs: 6000,
  leaseMarginMs: 1000,
  hungAfterMs: 8000,
  settleMs: 2000,
  bmcRetryMs: 1000,
  startGraceMs: 6000,
  massSilenceShare: 0.5,
  fenceShare: 0.2,
  fenceWindowMs: 600_000,
  readyTimeoutMs: 30_000,
  stopTimeoutMs: 10_000,
  maxConcurrentMoves: 4,
  solverSteps: 200_000,
  replanDelayMs: 50,
  maxMovesPerPlan: 20,
  rebalanceGain: 1,
  rebalanceCooldownMs: 60_000,
  performance: { smoothingMs: 3000, holdMs: 5000, clearShare: 0.8, cooldownMs: 60_000, pressurePercent: 60 },
  flapping: { failures: 3, windowMs: 3_600_000, holdMs: 600_000, holdMaxMs: 3_600_000, steadyMs: 600_000 },
  measuredDemand: { leastShare: 1, mostShare: 2, fallMs: 600_000 },
  bmc: { all: false, nodes: [] },
  reserveShare: 0.05,
  health: {
    warningHoldMs: 10_000,
    criticalHoldMs: 2000,
    clearMs: 30_000,
    keepMs: 3_600_000,
    eventMs: DAY_MS,
    trend: { bucketMs: DAY_MS, leastBuckets: 7, horizonMs: 14 * DAY_MS },
    perDay: { corrected: 10, media: 1, pending: 1, reallocated: 1, link: 1000 },
    deny: {},
  },
};
