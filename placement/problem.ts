/*
 * The placement problem: which instance on which node. Indices everywhere; names are for messages only. Amounts are
 * integers in base units (at most 2^53-1 here; the host scales them to what the wasm takes).
 *
 * Hard, may never be broken by a change: capacity less reserve on every node that gets something new; two instances of one
 * application on different nodes; allow, forbid, affinity, anti-affinity; nothing new on a node that is not `open`;
 * nothing at all on one that is `gone`; no more moves of what could stay than `maxMoves`. What already breaks a rule today may
 * stay where it is until a better place is free.
 * Then, in this order: as many instances placed as priorities ask (more important ones first; a less important one may wait
 * so that a more important one runs, never the reverse; actives before standbys of equal priority); nodes to be emptied
 * emptied; replicas on different failure domains where there are enough; then lowest cost (imbalance, moves, unease,
 * preferences).
 */

export type NodeOpenness =
  | 'open'
  | 'cordoned' // keeps what it has, gets nothing new
  | 'quarantined' // as cordoned, because it failed too often
  | 'unheard' // as cordoned, because nobody knows how it is
  | 'degraded' // as cordoned, and what can leave at no great cost should
  | 'draining' // must be emptied; what has nowhere to go stays
  | 'gone'; // can hold nothing

export interface ProblemNode {
  readonly name: string;
  readonly capacity: readonly number[]; // per resource
  readonly reserve: readonly number[]; // part of capacity that placement leaves free
  readonly domain: string;
  readonly labels: Readonly<Record<string, string>>; // `node` and `domain` are implied
  readonly openness: NodeOpenness;
}

export interface ProblemRule {
  readonly label: string;
  readonly in: readonly string[];
}

/** A wish, not a rule: nothing waits for it. Gains are in units of one move; a negative one is a dislike. */
export interface NodePreference extends ProblemRule {
  readonly gain: number; // of each instance on a node that matches
}
export interface CompanyPreference {
  readonly application: number;
  readonly gain: number; // of each instance on a node where one of that application is
}

export interface ProblemApplication {
  readonly name: string;
  readonly priority: number; // 0..100, more is more important
  readonly demand: readonly number[]; // per resource, of each instance
  readonly allow: readonly ProblemRule[]; // every rule must match
  readonly forbid: readonly ProblemRule[]; // none may match
  readonly affinity: readonly number[]; // applications of which an instance must run on the same node
  readonly antiAffinity: readonly number[]; // applications of which none may run on the same node; holds both ways
  readonly spread: 'domain' | 'node';
  readonly prefer?: readonly NodePreference[]; // gains of several that match add up
  readonly near?: readonly CompanyPreference[]; // does not hold the other way unless that one says so too
}

export interface ProblemInstance {
  readonly name: string;
  readonly application: number;
  readonly role: 'active' | 'standby';
  readonly home: number; // node index where it runs now, -1 when nowhere
  readonly pinned: boolean; // stays home whatever it costs (it is being moved already)
  /** Extra cost of staying home, in units of one move: its objective is missed or its node under pressure there. Negative: it would rather stay. */
  readonly unease: number;
  /** Measured demand where it differs from the application's; null otherwise. */
  readonly demand: readonly number[] | null;
  /** What it is expected to use, where that is less than its demand: counts for load and imbalance, never for room. */
  readonly load?: readonly number[];
}

export interface Weights {
  readonly load: number; // per unit (1.0) of the highest relative load of any open node and resource
  readonly imbalance: number; // per unit of the summed squares of relative loads above the mean
  readonly move: number; // per running instance that changes node
}
/** Objective of the benchmarks in docs/placement.md: 100 x highest load + moves. */
export const DEFAULT_WEIGHTS: Weights = { load: 100, imbalance: 4, move: 1 };

export interface Problem {
  readonly resources: readonly string[];
  readonly nodes: readonly ProblemNode[];
  readonly applications: readonly ProblemApplication[];
  readonly instances: readonly ProblemInstance[];
  readonly weights: Weights;
  /** Instances that could stay where they run (their node neither gone nor to be emptied) of which no more may move. None: no limit. */
  readonly maxMoves?: number;
}

/** An answer: which node each instance is on. A normal outcome even when not everything could be placed. */
export interface Solution {
  readonly node: readonly number[]; // per instance: node index, or -1: waits
  readonly cost: number; // as placement/cost.ts defines it, lower is better
  readonly maxLoad: number; // highest relative load of any node and resource
  readonly moves: number; // running instances that change node
  readonly unplaced: readonly { readonly instance: number; readonly reasons: readonly string[] }[];
  readonly seed: number;
  readonly steps: number; // search steps taken
}

export interface SolveOptions {
  readonly seed: number;
  readonly steps: number; // budget; the same seed and budget give the same answer on every machine
}
