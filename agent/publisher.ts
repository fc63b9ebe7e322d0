import { monotonicMs } from '../protocol/clock.ts';
import type { ClusterName, InstanceId, NodeName } from '../protocol/ids.ts';
import type { Hello, NodeEvent, Report } from '../protocol/messages.ts';
import { type UpKind, upTopic } from '../protocol/topics.ts';
import { reportsOf } from './instance-report.ts';
import type { Link } from './link.ts';
import type { AgentState } from './state.ts';

/** Changes of one moment become one report. */
const GATHER_MS = 20;
/** Events kept while the broker is away; the oldest go first. */
const MAX_NOTES = 100;

type Machine = Pick<Hello, 'agentVersion' | 'machineBoot' | 'server' | 'inventory' | 'capacity' | 'domain' | 'labels'>;

/** How long after a lease's end the last `stop` process may still live: the guard kills at once, without grace. */
const STOP_BOUND_MS = 1000;

/** Everything that the main thread says to the coordinator. */
export class Publisher {
  readonly #cluster: ClusterName;
  readonly #node: NodeName;
  readonly #link: Link;
  readonly #state: () => AgentState;
  #machine: Machine | null = null;
  #reports = 0;
  #reportedAtMs = Number.NEGATIVE_INFINITY;
  #events = 0;
  #notes: NodeEvent[] = [];
  #sending = false;
  #gathering: NodeJS.Timeout | null = null;

  constructor(cluster: ClusterName, node: NodeName, link: Link, state: () => AgentState) {
    this.#cluster = cluster;
    this.#node = node;
    this.#link = link;
    this.#state = state;
  }

  /** Until the machine is known there is no hello, and nothing else either: nobody could tell who speaks. */
  introduce(machine: Machine): void {
    this.#machine = machine;
  }

  /** True when the broker has it. */
  async hello(): Promise<boolean> {
    if (!this.#machine || !this.#link.up()) return false;
    const { bootId, term, store, revision } = this.#state();
    const hello: Hello = {
      v: 1,
      node: this.#node,
      bootId,
      term,
      store,
      revision,
      ...this.#machine,
      guard: true,
      stopBoundMs: STOP_BOUND_MS,
      instances: reportsOf(this.#state()),
    };
    const sent = this.#send('hello', hello);
    void this.#flush();
    return sent;
  }

  /** Soon, with all changes until then; without what is measured. */
  reportSoon(): void {
    this.#gathering ??= setTimeout(() => {
      this.#gathering = null;
      this.report(null);
    }, GATHER_MS);
  }

  /** Sequence of the newest report that was sent; null before the first. */
  newestReport(): number | null {
    return this.#reports === 0 ? null : this.#reports - 1;
  }

  /** Monotonic; before the first, never. */
  get reportedAtMs(): number {
    return this.#reportedAtMs;
  }

  /** What runs here; with what the machine uses where it was just measured. */
  report(usage: Report['usage']): void {
    if (!this.#machine || !this.#link.up()) return;
    const { bootId, term, revision } = this.#state();
    const report: Report = {
      v: 1,
      node: this.#node,
      bootId,
      sequence: this.#reports++,
      term,
      revision,
      instances: reportsOf(this.#state()),
      usage,
      readings: null,
    };
    this.#reportedAtMs = monotonicMs();
    void this.#send('report', report);
  }

  note(kind: NodeEvent['kind'], instance: InstanceId | null, detail: string, part?: NodeEvent['part']): void {
    this.#notes.push({
      v: 1,
      node: this.#node,
      bootId: this.#state().bootId,
      sequence: this.#events++,
      kind,
      instance,
      detail: detail.slice(0, 300),
      ...(part === undefined ? {} : { part }),
    });
    if (this.#notes.length > MAX_NOTES) this.#notes.shift();
    void this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#sending || !this.#machine) return;
    this.#sending = true;
    for (let next = this.#notes[0]; next !== undefined && this.#link.up(); next = this.#notes[0]) {
      const sent = await this.#send('event', next);
      if (sent && this.#notes[0] === next) this.#notes.shift();
      else if (!sent) break;
    }
    this.#sending = false;
  }

  #send(kind: UpKind, message: unknown): Promise<boolean> {
    return this.#link.publish(upTopic(this.#cluster, this.#node, kind), JSON.stringify(message), 1);
  }

  /** Sends what was gathered, as far as that goes at once. */
  async end(): Promise<void> {
    if (this.#gathering) clearTimeout(this.#gathering);
    this.#gathering = null;
    await Promise.race([this.#flush(), new Promise((resolve) => setTimeout(resolve, 500).unref())]);
  }
}
