import { setTimeout as delay } from 'node:timers/promises';
import type { Bmc } from '../../hw/bmc.ts';
import { openBmc } from '../../hw/open-bmc.ts';
import type { Accepted } from '../../protocol/api.ts';
import type { AppView, ClusterView, InstanceView, NodeView } from '../../protocol/view.ts';
import type { LocalCluster } from '../local-cluster.ts';
import type { DemoApplication, DemoFolders } from './applications.ts';
import { findOverlaps, type LedgerReader, longestGapMs } from './ledger.ts';
import { actingNow, isSettled, missingOf, runningInstances } from './outside.ts';
import { type Placement, placementOf } from './placement-table.ts';
import type { Screen } from './screen.ts';
import type { Timeline } from './timeline.ts';

/** What a scenario expected did not come. */
export class ScenarioFailure extends Error {}

const LOOK_MS = 100;
const LASTING_MS = 600;
const BMC_TIMEOUT_MS = 2000;

/** What one scenario works with: the cluster to act on, ways to look at it, and places to write down what was seen. */
export class Stage {
  readonly cluster: LocalCluster;
  readonly folders: DemoFolders;
  readonly ledger: LedgerReader;
  readonly applications: readonly DemoApplication[];
  readonly timeline: Timeline;
  readonly screen: Screen;
  readonly hang: boolean;
  readonly checks: { ok: boolean; text: string }[] = [];
  readonly measured: Record<string, number> = {};
  before: Placement | null = null;
  after: Placement | null = null;
  readonly #latest: () => ClusterView;

  constructor(parts: {
    cluster: LocalCluster;
    folders: DemoFolders;
    ledger: LedgerReader;
    applications: readonly DemoApplication[];
    timeline: Timeline;
    screen: Screen;
    hang: boolean;
    latest: () => ClusterView;
  }) {
    this.cluster = parts.cluster;
    this.folders = parts.folders;
    this.ledger = parts.ledger;
    this.applications = parts.applications;
    this.timeline = parts.timeline;
    this.screen = parts.screen;
    this.hang = parts.hang;
    this.#latest = parts.latest;
  }

  // What the coordinator says.

  get view(): ClusterView {
    return this.#latest();
  }
  node(name: string): NodeView | undefined {
    return this.view.nodes.find(({ node }) => node === name);
  }
  app(name: string): AppView | undefined {
    return this.view.apps.find(({ app }) => app === name);
  }
  instance(name: string): InstanceView | undefined {
    return this.view.nodes.flatMap(({ instances }) => instances).find(({ instance }) => instance === name);
  }
  /** Everything wanted is ready, and nothing is on its way. */
  get settled(): boolean {
    return isSettled(this.view, this.applications);
  }

  // What is seen from outside.

  running(): ReturnType<typeof runningInstances> {
    return runningInstances(this.cluster.rack);
  }
  runningOn(node: string): string[] {
    return this.running()
      .filter((one) => one.node === node)
      .map(({ instance }) => instance);
  }
  /** Process ids by instance, to see later which are still the same. */
  processIds(): Map<string, string> {
    return new Map(this.running().map(({ instance, node, pids }) => [instance, `${node} ${pids.join(' ')}`]));
  }
  acting(): Map<string, string> {
    return actingNow(this.ledger);
  }
  /** Which instance of an application was the last to write that it acts, and where. */
  actsOn(app: string): { instance: string; node: string } | null {
    const newest = [...this.acting()].findLast(([instance]) => instance.startsWith(`${app}/`));
    return newest ? { instance: newest[0], node: newest[1] } : null;
  }
  bmc(node: string): Bmc {
    return openBmc(
      { kind: 'mock', socket: this.cluster.rack.bmcSocket, timeoutMs: BMC_TIMEOUT_MS },
      node,
      this.cluster.directory,
    );
  }
  /** What is wanting for every instance to run as a real process, once, and to act in its role; '' when nothing is. */
  missingOutside(): string {
    return missingOf(this.applications, this.running(), this.acting());
  }

  // Doing, waiting, judging.

  async command(method: 'PUT' | 'POST', path: string, body: string | null = null): Promise<Accepted> {
    const { client } = this.cluster;
    return method === 'PUT' ? client.put<Accepted>(path, body ?? '') : client.post<Accepted>(path);
  }

  async until(what: string, condition: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<void> {
    const end = performance.now() + limitMs;
    while (!(await condition())) {
      if (performance.now() > end)
        throw new ScenarioFailure(
          `${what}: not within ${limitMs / 1000} s. ${this.view.sentence} ${this.missingOutside()}`,
        );
      await delay(LOOK_MS);
    }
  }

  /** As `until`, but it must hold for a while: what the coordinator shows lags a little. Returns when it began to, in ms. */
  async untilLasting(what: string, condition: () => boolean, limitMs: number): Promise<number> {
    let sinceMs: number | null = null;
    await this.until(
      what,
      () => {
        if (!condition()) sinceMs = null;
        else sinceMs ??= this.timeline.elapsedMs;
        return sinceMs !== null && this.timeline.elapsedMs - sinceMs >= LASTING_MS;
      },
      limitMs,
    );
    return sinceMs ?? this.timeline.elapsedMs;
  }

  /** The cluster has come to rest, and from outside all of it runs. Returns since when, in ms of the time line. */
  untilAllRuns(limitMs = 45_000): Promise<number> {
    return this.untilLasting(
      'every instance runs and acts in its role',
      () => this.settled && this.missingOutside() === '',
      limitMs,
    );
  }

  /** Holds for the whole time. */
  async stays(what: string, forMs: number, condition: () => boolean): Promise<void> {
    const end = performance.now() + forMs;
    let held = true;
    while (held && performance.now() < end) {
      held = condition();
      await delay(LOOK_MS);
    }
    this.check(held, what);
  }

  check(ok: boolean, text: string): void {
    this.checks.push({ ok, text });
  }

  /** In no ledger were two processes active at once where only one may be, from the cluster's start until now. */
  checkNeverTwice(): void {
    const singletons = new Set(this.applications.filter(({ replicas }) => replicas === 1).map(({ name }) => name));
    const lines = this.ledger.lines();
    const overlaps = findOverlaps(lines, singletons);
    const [first] = overlaps;
    this.measured.ledgerLines = lines.length;
    this.check(
      first === undefined,
      first === undefined
        ? `nothing was ever active twice (${lines.length} ledger lines)`
        : `${first.of} was active twice: process ${first.a.pid} on ${first.a.node} and ${first.b.pid} on ${first.b.node}, ${Math.round(first.a.toMs - first.b.fromMs)} ms together`,
    );
  }
  /** For how long at most nobody acted for an application since then. */
  gapMs(app: string, sinceMs: number): number {
    return longestGapMs(this.ledger.lines(), app, sinceMs) ?? Number.POSITIVE_INFINITY;
  }

  markBefore(): void {
    this.before = placementOf(this.view);
  }
  markAfter(): void {
    this.after = placementOf(this.view);
  }
  /** Instances that are on another node than at the mark before. */
  moved(): { instance: string; from: string; to: string }[] {
    const from = new Map(
      (this.before?.nodes ?? []).flatMap(({ node, instances }) => instances.map(({ instance }) => [instance, node])),
    );
    return (placementOf(this.view).nodes ?? []).flatMap(({ node, instances }) =>
      instances.flatMap(({ instance }) => {
        const was = from.get(instance);
        return was !== undefined && was !== node ? [{ instance, from: was, to: node }] : [];
      }),
    );
  }
  highestLoad(placement: Placement): number {
    return Math.max(...placement.nodes.map(({ load }) => load));
  }
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** What must have happened in the same cluster before, in order. */
  readonly after: readonly string[];
  run(stage: Stage): Promise<void>;
}

export const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
