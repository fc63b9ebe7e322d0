import type { AssignedInstance } from '../../protocol/messages.ts';
import { Agent } from './agent.ts';
import type { ClusterPart, DiskRecord, MachinePart, Process } from './parts.ts';

const LOOK_MS = 1000;
const KILL_AGAIN_MS = 50;

/**
 * A server: power, a clock that runs at a rate of its own, a disk, processes, a guard, and an agent. The agent's decisions are
 * the real ones (agent.ts); processes, guard and disk are models of what agent/process-driver.ts and agent/guard.ts do.
 */
export class Machine implements MachinePart {
  readonly index: number;
  readonly name: string;
  readonly cluster: ClusterPart;
  readonly rate: number;
  power = true;
  frozen = false;
  boot = 1;
  readonly processes = new Map<string, Process>();
  readonly disk = { bootId: 0, term: 0, records: new Map<string, DiskRecord>() };
  agent: Agent | null = null;
  guard: { untilMs: number } | null = null;
  /** By this machine's clock, the latest end of any lease that it was ever given: what oracles go by. */
  leasedUntilMs = 0;
  #pids = 1000;
  #waiting: (() => void)[] = [];
  readonly #offset: number;

  constructor(cluster: ClusterPart, index: number, rate: number) {
    this.cluster = cluster;
    this.index = index;
    this.name = `N${index + 1}`;
    this.rate = rate;
    this.#offset = 1_000_000 * (index + 1);
  }

  clock(): number {
    return this.#offset + this.cluster.timeline.now * this.rate;
  }

  /** After so long by this machine's clock, if it has power then; while it is frozen, it waits. */
  after(localMs: number, act: () => void): void {
    const { boot } = this;
    this.cluster.timeline.in(localMs / this.rate, () => {
      if (this.boot !== boot || !this.power) return;
      if (this.frozen) this.#waiting.push(() => this.boot === boot && this.power && act());
      else act();
    });
  }

  bootUp(): void {
    this.power = true;
    this.frozen = false;
    this.startAgent();
  }

  losePower(): void {
    if (!this.power) return;
    this.power = false;
    this.frozen = false;
    this.boot++;
    this.#waiting = [];
    this.guard = null;
    this.agent?.die();
    this.agent = null;
    for (const process of [...this.processes.values()]) this.#gone(process);
    this.cluster.machineLost(this);
  }

  freeze(): void {
    if (this.power) this.frozen = true;
  }

  thaw(): void {
    if (!this.frozen) return;
    this.frozen = false;
    // the guard's timer is overdue: what may run no longer is killed before it is scheduled again
    if (this.guard && this.clock() >= this.guard.untilMs)
      for (const process of [...this.processes.values()]) if (process.isolation === 'stop') this.#end(process);
    this.cluster.oracles.thawed(this);
    for (const act of this.#waiting.splice(0)) act();
  }

  startAgent(): void {
    if (!this.power || this.agent) return;
    const { disk } = this;
    disk.bootId = Math.max(disk.bootId + 1, Math.floor(this.cluster.timeline.now) + 1);
    for (const process of [...this.processes.values()]) if (!disk.records.has(process.key)) this.kill(process.key);
    for (const key of [...disk.records.keys()]) if (!this.processes.has(key)) disk.records.delete(key);
    this.agent = new Agent(this);
    this.agent.begin();
  }

  /** Its processes run on, and those that it was about to start are not. */
  crashAgent(): void {
    if (!this.agent) return;
    this.agent.die();
    this.agent = null;
    this.cluster.connectionLost(this);
  }

  spawn(assigned: AssignedInstance): Process {
    const process: Process = {
      key: `${assigned.instance}#${assigned.generation}`,
      instance: assigned.instance,
      generation: assigned.generation,
      isolation: assigned.isolation,
      demand: assigned.demand,
      pid: ++this.#pids,
      startedAt: this.cluster.timeline.now,
      role: assigned.role,
      killed: false,
    };
    this.processes.set(process.key, process);
    this.cluster.oracles.started(this, process, this.agent?.state.term ?? 0);
    return process;
  }

  /** SIGKILL of the group: it takes a moment until the last process is gone. */
  kill(key: string): void {
    const process = this.processes.get(key);
    if (!process || process.killed) return;
    process.killed = true;
    this.after(2 + (process.pid % 20), () => this.#end(process));
  }

  /** SIGTERM: takes its time, up to longer than any grace. */
  terminate(key: string): void {
    const process = this.processes.get(key);
    if (process) this.after(this.cluster.stopsAfterMs(process), () => this.#end(process));
  }

  crash(process: Process): void {
    this.#end(process);
  }

  #end(process: Process): void {
    if (this.processes.get(process.key) !== process) return;
    this.#gone(process);
    this.agent?.processEnded(process.key);
  }

  #gone(process: Process): void {
    this.processes.delete(process.key);
    this.cluster.oracles.ended(this, process);
  }

  /** As agent/guard.ts: kills what may run no longer, whatever has become of the agent. */
  startGuard(untilMs: number): void {
    if (this.guard) return;
    this.guard = { untilMs };
    this.#guardLooks(this.guard);
  }

  #guardLooks(guard: { untilMs: number }): void {
    if (this.guard !== guard) return;
    const left = guard.untilMs - this.clock();
    if (left > 0) return this.after(left, () => this.#guardLooks(guard));
    let lived = false;
    for (const process of this.processes.values()) {
      if (process.isolation !== 'stop') continue;
      lived = true;
      this.kill(process.key);
    }
    this.after(lived ? KILL_AGAIN_MS : LOOK_MS, () => this.#guardLooks(guard));
  }
}
