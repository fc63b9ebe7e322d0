import { setTimeout as delay } from 'node:timers/promises';
import type { LedgerLine } from '../../cli/demo/ledger.ts';
import type { RunningInstance } from '../../cli/demo/outside.ts';
import { readText } from '../../hw/text-file.ts';
import { monotonicMs } from '../../protocol/clock.ts';
import { pick, roll } from '../simulation/random.ts';
import { isolationOf } from './applications.ts';
import type { Arena } from './arena.ts';
import { Changes, type ChangesResult } from './changes.ts';
import { type Judgement, judge } from './judge.ts';
import { lastWords, overlapsIn, type Replaced, replacements } from './witness.ts';

/** What a run is played with, and what it wrote down. The kinds of faults are made of this (kinds.ts). */

const LOOK_MS = 50;
const REPLACED_LIMIT_MS = 90_000;
const POWER_LIMIT_MS = 30_000;

export class Run {
  readonly arena: Arena;
  readonly seed: number;
  /** Instead of what chance says. */
  readonly #holdMs: number | null;
  /** Sentences on what was done, in order. */
  readonly story: string[] = [];
  /** Sentences on what must not be. */
  readonly violations: string[] = [];
  readonly failovers: Replaced[] = [];
  crashMs: number | null = null;
  changes: Changes | null = null;
  #began = 0;
  #before: readonly RunningInstance[] = [];
  #faultMs = 0;
  readonly #hit = new Map<string, readonly number[]>();
  /** Nodes that may be fenced, and whose instances may be placed anew. */
  readonly #given = new Set<string>();
  #crashed: string | null = null;
  #leasesMayEnd = false;
  #thawed: { node: string; atMs: number } | null = null;
  readonly #standing = new Map<number, LedgerLine>();
  readonly #seen: LedgerLine[] = [];
  readonly #look: NodeJS.Timeout;

  constructor(arena: Arena, seed: number, holdMs: number | null) {
    this.arena = arena;
    this.seed = seed;
    this.#holdMs = holdMs;
    arena.beginRun();
    this.#began = monotonicMs();
    this.#before = arena.running();
    this.#look = setInterval(() => this.#lookAtStanding(), LOOK_MS);
  }

  // Chance.

  roll(concern: string): number {
    return roll(this.seed, concern);
  }
  pick<T>(concern: string, items: readonly T[]): T {
    return pick(items, this.roll(concern));
  }
  between(concern: string, least: number, most: number): number {
    return Math.round(least + this.roll(concern) * (most - least));
  }

  // Doing.

  say(text: string): void {
    this.story.push(`+${((monotonicMs() - this.#began) / 1000).toFixed(1)} s ${text}`);
  }
  /** For how long a fault lasts, in ms: one of these. */
  duration(choicesMs: readonly number[]): number {
    return this.#holdMs ?? this.pick('duration', choicesMs);
  }
  hold(ms: number): Promise<void> {
    return delay(ms);
  }
  /** Nodes may hear no coordinator for longer than a lease: what runs under one may be stopped, and started anew where it was. */
  leasesMayEnd(): void {
    this.#leasesMayEnd = true;
  }
  /** Changes come in from now on until the run is judged. */
  takeChanges(): void {
    this.changes = new Changes(this.arena.cluster.client, `note-${this.seed}`);
    this.changes.begin();
  }

  /** A node on which something acts: with a standby elsewhere in half of the runs, where there is one. */
  victim(): string {
    const acting = [...this.arena.acting()];
    const backed = acting.filter(([instance]) => /^(orders|history)\//.test(instance));
    const from = this.roll('backed') < 0.5 && backed.length > 0 ? backed : acting;
    return this.pick('victim', [...new Set(from.map(([, node]) => node))].sort());
  }

  /** The node is hit now: what acts on it is to act elsewhere. */
  hit(node: string, what: string): void {
    const running = this.arena.running().filter((one) => one.node === node);
    const acting = new Set([...this.arena.acting()].filter(([, on]) => on === node).map(([instance]) => instance));
    for (const { instance, pids } of running) if (acting.has(instance)) this.#hit.set(instance, pids);
    this.#given.add(node);
    this.#faultMs = monotonicMs();
    this.say(`${node} ${what}; on it acted ${[...acting].sort().join(', ') || 'nothing'}`);
  }

  /**
   * Everything on the node stands still. That it lives is noted down for it until it is gone, under the policy `keep`: what may run
   * under a lease alone is also taken over from a machine that stands still, as the guard ends it before it goes on.
   */
  freeze(node: string): void {
    const kept = this.arena.running().filter((one) => one.node === node && isolationOf(one.instance) === 'keep');
    this.arena.server(node).freeze();
    const pids = new Set(kept.flatMap((one) => one.pids));
    for (const [pid, words] of lastWords(this.arena.ledger.lines(), pids)) this.#standing.set(pid, words);
  }
  /** From now on they speak for themselves. `late`: it stood still for longer than a lease. */
  thaw(node: string, late = false): void {
    this.#standing.clear();
    if (late) this.#thawed = { node, atMs: monotonicMs() };
    this.arena.server(node).thaw();
  }
  #lookAtStanding(): void {
    const monoMs = monotonicMs();
    for (const [pid, words] of this.#standing) {
      const stat = readText(`/proc/${pid}/stat`);
      const state = stat?.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
      if (state === undefined || state === 'Z' || state === 'X') this.#standing.delete(pid);
      else this.#seen.push({ ...words, monoMs });
    }
  }

  /** Kills an instance that acts, and waits until it acts again. */
  async crash(): Promise<void> {
    const [instance, node] = this.pick('crashed', [...this.arena.acting()].sort());
    const pids = this.arena.running().find((one) => one.instance === instance && one.node === node)?.pids ?? [];
    this.#crashed = instance;
    this.#faultMs = monotonicMs();
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    this.say(`${instance} on ${node} is killed (process ${pids.join(' ')})`);
    const hit = new Map([[instance, pids]]);
    const done = await this.#until(REPLACED_LIMIT_MS, () =>
      this.#replaced(hit).every(({ afterMs }) => afterMs !== null),
    );
    this.crashMs = this.#replaced(hit)[0]?.afterMs ?? null;
    if (!done) this.violations.push(`${instance} was not started again within ${REPLACED_LIMIT_MS / 1000} s`);
  }

  /** Waits until all that acted on the nodes that were hit acts elsewhere, and notes how long that took. */
  async untilReplaced(): Promise<void> {
    await this.#until(REPLACED_LIMIT_MS, () => this.#replaced(this.#hit).every(({ afterMs }) => afterMs !== null));
    for (const one of this.#replaced(this.#hit)) {
      this.failovers.push(one);
      if (one.afterMs === null)
        this.violations.push(`nothing acts in the place of ${one.instance} within ${REPLACED_LIMIT_MS / 1000} s`);
      else this.say(`${one.instance} is replaced ${(one.afterMs / 1000).toFixed(2)} s after the fault (${one.by})`);
    }
  }
  #replaced(hit: ReadonlyMap<string, readonly number[]>): Replaced[] {
    return replacements(this.arena.ledger.lines(), hit, this.#faultMs);
  }
  /** Nothing of it may act elsewhere yet but what its lease has ended. */
  checkNotTakenOver(why: string): void {
    for (const { instance, afterMs } of this.#replaced(this.#hit))
      if (afterMs !== null && isolationOf(instance) === 'keep')
        this.violations.push(
          `${instance} was started elsewhere ${(afterMs / 1000).toFixed(1)} s after the fault although ${why}`,
        );
  }

  /**
   * Gives the node its link, its BMC and power again, once the coordinator knows that it is off: what is switched on in the middle of
   * a fence is switched off again.
   */
  async restore(node: string): Promise<void> {
    const { arena } = this;
    const server = arena.server(node);
    arena.cluster.rack.setBmcFault(node, null);
    if (!(await this.#until(POWER_LIMIT_MS, () => server.power() === 'off')))
      this.violations.push(`${node} was never switched off`);
    const isLost = async () =>
      (await arena.view())?.nodes.some((one) => one.node === node && one.liveness === 'lost') === true;
    if (!(await this.#until(POWER_LIMIT_MS, isLost))) this.violations.push(`${node} was never given up`);
    if (arena.options.cuts) arena.cut([]);
    await server.powerLoss(); // of one that was not
    await server.powerOn();
    this.say(`${node} has power again`);
  }

  async #until(limitMs: number, condition: () => boolean | Promise<boolean>): Promise<boolean> {
    const end = performance.now() + limitMs;
    while (!(await condition())) {
      if (performance.now() > end) return false;
      await delay(LOOK_MS);
    }
    return true;
  }

  // Judging.

  /** Once the cluster is well again, or is not and should be: then nobody can say what became of changes. */
  async judge(isWell: boolean): Promise<Judgement & { readonly changes: ChangesResult | null }> {
    const { arena } = this;
    await this.changes?.end();
    const changes = isWell ? ((await this.changes?.compare()) ?? null) : null;
    const judgement = judge({
      before: this.#before,
      after: arena.running(),
      orders: arena.orders,
      overlaps: overlapsIn(arena.ledger.lines(), this.#seen),
      given: this.#given,
      crashed: this.#crashed,
      leasesMayEnd: this.#leasesMayEnd,
      thawed: this.#thawed,
    });
    this.violations.push(...judgement.violations, ...arena.keeper.endedByItself.splice(0));
    if (changes && changes.lost + changes.doubled > 0)
      this.violations.push(
        `of ${changes.accepted} accepted changes ${changes.lost} are lost, ${changes.doubled} doubled`,
      );
    return { ...judgement, changes };
  }
  /** To be called however it ended. */
  close(): void {
    clearInterval(this.#look);
  }
}
