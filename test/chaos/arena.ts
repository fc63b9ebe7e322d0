import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LedgerReader } from '../../cli/demo/ledger.ts';
import { actingNow, isSettled, missingOf, runningInstances } from '../../cli/demo/outside.ts';
import { type LocalCluster, startLocalCluster } from '../../cli/local-cluster.ts';
import { signal } from '../../hw/mock/processes.ts';
import type { MockServer } from '../../hw/mock/server.ts';
import { monotonicMs } from '../../protocol/clock.ts';
import type { ClusterView, JournalEntry } from '../../protocol/view.ts';
import { ROOT } from '../../scripts/runtime.mjs';
import { freePort } from '../integration/free-port.ts';
import { APPLICATIONS, specOf } from './applications.ts';
import { faketimeLibrary, WallClock } from './clock.ts';
import { SmallDisk } from './disk.ts';
import { CoordinatorKeeper } from './keeper.ts';
import { Mosquitto } from './mosquitto.ts';
import { addressOf, COORDINATOR_ADDRESS, type Cut, droppedPackets, setCuts } from './network.ts';

/*
 * The cluster under test: real processes of the built program with the product's own times, each node's link, power, BMC and
 * processes in our hands. It is used for many faults, one after another, as long as none of them leaves it unwell.
 */

export interface ArenaOptions {
  readonly directory: string;
  readonly nodes: number;
  readonly broker: 'embedded' | 'mosquitto';
  /** We are in a network namespace of our own, and links can be cut. */
  readonly cuts: boolean;
  readonly wallClock: boolean;
  readonly smallDisk: boolean;
}

/** It did not come to rest in time, or not all of it runs. */
export class NotWell extends Error {}

const LOOK_MS = 150;
const LASTING_MS = 700;
/** Since a heartbeat, of which there is one a second. */
const HEARD_MS = 1600;
const NODE_MILLICORES = 4000;
/** Failure domains; with fewer nodes each has its own. So the loss of a node leaves no rule without a way to be kept. */
const DOMAINS = 3;
/** Ledgers are read from this long before a run: a standby must have been seen as one. */
const LEDGER_BEFORE_MS = 1500;
const BUILT = join(ROOT, 'dist/evenkeel.js');

/**
 * Times and limits are as they come, with two exceptions. Nothing healthy is moved to level load, so that what moves, moves
 * because of a fault. And limits over long times, which one cluster under fault after fault would soon meet, are lifted.
 */
const SETTINGS = {
  rebalanceGain: 1000,
  performance: { pressurePercent: 1000 },
  fenceWindowMs: 0,
  flapping: { windowMs: 1000, holdMs: 0, holdMaxMs: 0 },
};

export class Arena {
  readonly options: ArenaOptions;
  readonly cluster: LocalCluster;
  readonly ledger: LedgerReader;
  readonly keeper: CoordinatorKeeper;
  readonly mosquitto: Mosquitto | null;
  readonly wallClock: WallClock | null;
  readonly smallDisk: SmallDisk | null;
  /** Orders that BMCs carried out, since they were last taken. */
  orders: { readonly node: string; readonly to: 'on' | 'off' }[] = [];
  #cuts: readonly Cut[] = [];

  private constructor(
    parts: Pick<Arena, 'options' | 'cluster' | 'ledger' | 'keeper' | 'mosquitto' | 'wallClock' | 'smallDisk'>,
  ) {
    this.options = parts.options;
    this.cluster = parts.cluster;
    this.ledger = parts.ledger;
    this.keeper = parts.keeper;
    this.mosquitto = parts.mosquitto;
    this.wallClock = parts.wallClock;
    this.smallDisk = parts.smallDisk;
  }

  /** Throws NotWell when it does not come to run. */
  static async start(options: ArenaOptions): Promise<Arena> {
    const { directory, cuts } = options;
    const ledgerDir = join(directory, 'ledger');
    mkdirSync(ledgerDir, { recursive: true });
    const library = options.wallClock ? faketimeLibrary() : null;
    const wallClock = library === null ? null : new WallClock(directory, library);
    const smallDisk = options.smallDisk ? new SmallDisk(join(directory, 'coordinator')) : null;
    const host = cuts ? '0.0.0.0' : '127.0.0.1';
    const mosquitto = options.broker === 'mosquitto' ? new Mosquitto(directory, host, await freePort()) : null;
    await mosquitto?.start();
    const keeper = new CoordinatorKeeper();
    let arena: Arena | null = null;
    try {
      const cluster = await startLocalCluster({
        cluster: 'chaos',
        directory,
        nodes: Array.from({ length: options.nodes }, (_, i) => ({
          node: `N${i + 1}`,
          domain: `D${(options.nodes < 2 * DOMAINS ? i : i % DOMAINS) + 1}`,
          labels: {},
          capacity: { cpu: NODE_MILLICORES, memory: 4 * 2 ** 30 },
        })),
        http: { host: '127.0.0.1', port: 0 },
        mqtt: { host, port: 0 },
        ...(mosquitto && { brokerUrl: `mqtt://${cuts ? COORDINATOR_ADDRESS : '127.0.0.1'}:${mosquitto.port}` }),
        ...(cuts && { brokerFor: (node, url) => `mqtt://${addressOf(node)}:${new URL(url).port}` }),
        settings: SETTINGS,
        program: BUILT,
        environment: wallClock?.environment ?? {},
        keep: keeper.keep,
        onPowerOrder: (node, to) => arena?.orders.push({ node, to }),
      });
      const ledger = new LedgerReader(ledgerDir);
      arena = new Arena({ options, cluster, ledger, keeper, mosquitto, wallClock, smallDisk });
      for (const app of APPLICATIONS) await cluster.client.put(`/apps/${app.name}`, specOf(app, ledgerDir));
      return arena;
    } catch (error) {
      await mosquitto?.kill();
      smallDisk?.unmount();
      throw error;
    }
  }

  get nodes(): readonly string[] {
    return this.cluster.rack.nodes;
  }
  server(node: string): MockServer {
    return this.cluster.rack.server(node);
  }
  /** The coordinator's view now, or null where none answers. */
  async view(): Promise<ClusterView | null> {
    return await this.cluster.client.get<ClusterView>('/status').catch(() => null);
  }
  async journalSince(id: number): Promise<JournalEntry[]> {
    return await this.cluster.client.get<JournalEntry[]>(`/events?after=${id}&limit=10000`);
  }
  running(): ReturnType<typeof runningInstances> {
    return runningInstances(this.cluster.rack);
  }
  acting(): Map<string, string> {
    return actingNow(this.ledger);
  }

  /** Links that are cut from now on; all others are whole. */
  cut(cuts: readonly Cut[]): void {
    this.#cuts = cuts;
    setCuts(Number(new URL(this.cluster.mqttUrl).port), cuts);
  }
  /** Packets lost by the present cuts. */
  dropped(): number {
    return this.#cuts.length === 0 ? 0 : droppedPackets();
  }

  /** What is wanting for the cluster to be as it should be: every node in use, everything ready, once, in its role. */
  async unwell(): Promise<string> {
    const view = await this.view();
    if (!view) return 'the coordinator does not answer';
    const notAlive = view.nodes.filter(({ liveness }) => liveness !== 'alive');
    if (notAlive.length > 0) return notAlive.map(({ node, liveness }) => `${node} is ${liveness}`).join(', ');
    const silent = view.nodes.find(({ silenceMs }) => silenceMs === null || silenceMs > HEARD_MS);
    if (silent) return `${silent.node} is not heard`;
    if (!isSettled(view, APPLICATIONS)) return `not at rest: ${view.sentence}`;
    return missingOf(APPLICATIONS, this.running(), this.acting());
  }

  /** Waits until it is well, and stays so for a moment. Throws NotWell. */
  async settle(limitMs: number): Promise<void> {
    const end = performance.now() + limitMs;
    let since: number | null = null;
    for (;;) {
      const off = this.nodes.find((node) => this.server(node).power() === 'off');
      if (off !== undefined) throw new NotWell(`${off} is switched off, and nobody will switch it on`);
      const wrong = await this.unwell();
      if (wrong !== '') since = null;
      else since ??= performance.now();
      if (since !== null && performance.now() - since >= LASTING_MS) return;
      if (performance.now() > end)
        throw new NotWell(`not well after ${limitMs / 1000} s: ${wrong || 'it does not last'}`);
      await delay(LOOK_MS);
    }
  }

  /** Forgets what is older than a run that begins now. */
  beginRun(): void {
    this.ledger.lines();
    this.ledger.forgetBefore(monotonicMs() - LEDGER_BEFORE_MS);
    this.orders = [];
  }

  /** @param keepFiles also what lies on the small disk, which goes with us */
  async stop(keepFiles: boolean): Promise<void> {
    if (this.#cuts.length > 0) this.cut([]);
    this.mosquitto?.thaw();
    if (this.keeper.pid !== 0) signal(this.keeper.pid, 'SIGCONT');
    await this.cluster.stop();
    await this.mosquitto?.kill();
    const { directory } = this.options;
    if (keepFiles && this.smallDisk)
      cpSync(join(directory, 'coordinator'), join(directory, 'coordinator-kept'), { recursive: true });
    this.smallDisk?.unmount();
    if (!keepFiles) rmSync(directory, { recursive: true, force: true });
  }
}
