import type { Effect, Reply } from '../../coordinator/core/effects.ts';
import type { Command } from '../../coordinator/core/events.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../coordinator/core/settings.ts';
import type { State } from '../../coordinator/core/state.ts';
import { initialState, step } from '../../coordinator/core/step.ts';
import type { Solver } from '../../placement/solver.ts';
import { Machine, type Message, type Process, type Surroundings } from './machine.ts';
import { Timeline } from './timeline.ts';

const TICK_MS = 200;
const NETWORK_MS = 2;
const BMC_MS = 50;
const POWER_OFF_MS = 200;
const SOLVE_MS = 30;

/** How an application behaves that fails, and what it uses. */
export interface Behaviour {
  readonly failingStarts: number; // before each that succeeds
  readonly unstoppable: boolean;
  cpuMillicores: number;
  memoryBytes: number;
}
const WELL: Behaviour = { failingStarts: 0, unstoppable: false, cpuMillicores: 100, memoryBytes: 1e6 };

export interface Run {
  readonly atMs: number;
  readonly app: string;
  readonly node: string;
}

/**
 * A cluster under a clock of its own: the real decisions of coordinator and agents; machines, network and BMCs that do what
 * they are told. The network loses what goes to or comes from a machine that is cut off; a BMC has a network of its own.
 */
export class Cluster implements Surroundings {
  readonly timeline = new Timeline();
  readonly machines = new Map<string, Machine>();
  readonly behaviours = new Map<string, Behaviour>();
  readonly journal: { readonly atMs: number; readonly text: string }[] = [];
  /** Each time an instance came to run as the active one, on a node other than before or again. */
  readonly runs: Run[] = [];
  readonly powerOffs: { readonly atMs: number; readonly node: string }[] = [];
  /** What must never happen. */
  readonly overlaps: string[] = [];
  readonly #solver: Solver;
  readonly #failed = new Map<string, number>();
  #state: State;
  #requests = 0;
  #reply: Reply | null = null;

  constructor(solver: Solver, settings: Partial<Settings> = {}) {
    this.#solver = solver;
    const whole = { ...DEFAULT_SETTINGS, bmc: { all: true, nodes: [] }, solverSteps: 20_000, ...settings };
    const nothing = { meta: null, apps: [], nodes: [], slots: [], bindings: [], tallies: [] };
    const [state, effects] = initialState(whole, nothing, 0, 0);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    this.#tick();
  }

  addMachine(name: string, capacity: Readonly<Record<string, number>>): Machine {
    const machine = new Machine(name, capacity, this);
    this.machines.set(name, machine);
    return machine;
  }

  run(ms: number): void {
    this.timeline.run(this.timeline.nowMs + ms);
  }

  command(command: Command): Reply {
    this.#reply = null;
    this.#feed({ kind: 'commanded', request: ++this.#requests, command });
    return this.#reply!;
  }

  /** Node of the active instance's process; null while there is none on a machine with power. */
  placeOf(app: string): string | null {
    for (const machine of this.machines.values())
      for (const process of machine.processes.values())
        if (process.app === app && process.assigned.role === 'active') return machine.name;
    return null;
  }

  runsOn(node: string): number {
    return this.machines.get(node)?.processes.size ?? 0;
  }

  /** Whether nothing is under way: no plan, and all that is wanted runs or waits. */
  get isAtRest(): boolean {
    return this.#state.plan === null && this.#state.solve === null && this.#state.epoch === this.#state.solvedEpoch;
  }

  say(machine: Machine, message: Message): void {
    if (!machine.isReachable) return;
    this.timeline.in(NETWORK_MS, () => this.#feed(message));
  }

  failsToStart(app: string): boolean {
    const { failingStarts } = this.#behaviourOf(app);
    const failed = this.#failed.get(app) ?? 0;
    const fails = failed < failingStarts;
    this.#failed.set(app, fails ? failed + 1 : 0);
    return fails;
  }
  readonly unstoppable = (app: string): boolean => this.#behaviourOf(app).unstoppable;
  usageOf(app: string): Behaviour {
    return this.#behaviourOf(app);
  }
  #behaviourOf(app: string): Behaviour {
    return this.behaviours.get(app) ?? WELL;
  }

  /** A process has come to run, or has another role: none of the same application may be active elsewhere. */
  ran(here: Machine, { app, assigned }: Process): void {
    for (const machine of this.machines.values()) {
      if (machine === here) continue;
      for (const process of machine.processes.values()) {
        if (process.app !== app) continue;
        const bothActive = assigned.role === 'active' && process.assigned.role === 'active';
        if (bothActive || !machine.connected)
          this.overlaps.push(`${app} ran on ${here.name} while it ran on ${machine.name}`);
      }
    }
    if (assigned.role === 'active' && this.runs.findLast((run) => run.app === app)?.node !== here.name)
      this.runs.push({ atMs: this.timeline.nowMs, app, node: here.name });
  }

  #tick(): void {
    this.#feed({ kind: 'ticked' });
    this.timeline.in(TICK_MS, () => this.#tick());
  }

  #feed(message: Message): void {
    const [state, effects] = step(this.#state, { ...message, at: this.timeline.nowMs } as Parameters<typeof step>[1]);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case 'record':
        this.journal.push({ atMs: this.timeline.nowMs, text: effect.line.text });
        return;
      case 'assign':
        return this.#tell(effect.assignment.node, (machine) =>
          machine.feed({ kind: 'assigned', assignment: effect.assignment }),
        );
      case 'grant':
        return this.#tell(effect.lease.node, (machine) => machine.leased(effect.lease));
      case 'request':
        return this.#tell(effect.request.node, (machine) =>
          machine.feed({ kind: 'requested', request: effect.request }),
        );
      case 'solve':
        return this.#solve(effect);
      case 'survey':
        return this.timeline.in(SOLVE_MS, () => this.#feed({ kind: 'surveyed', survey: effect.survey, result: null }));
      case 'queryPower':
      case 'powerOff':
        return this.#askBmc(effect);
      case 'reply':
        this.#reply = effect.reply;
        return;
      case 'persist':
      case 'acknowledge':
      case 'cancelSolve':
        return; // its disk keeps everything at once, and what it is asked to solve is solved at once
    }
  }

  #tell(node: string, act: (machine: Machine) => void): void {
    const machine = this.machines.get(node);
    if (machine)
      this.timeline.in(NETWORK_MS, () => {
        if (machine.isReachable) act(machine);
      });
  }

  #solve({ solve, problem, seed, steps }: Effect & { kind: 'solve' }): void {
    const solution = this.#solver.solve(problem, { seed, steps });
    this.timeline.in(SOLVE_MS, () => this.#feed({ kind: 'solved', solve, solution, error: null, tookMs: SOLVE_MS }));
  }

  #askBmc({ kind, node, query }: Effect & { kind: 'queryPower' | 'powerOff' }): void {
    const machine = this.machines.get(node)!;
    if (kind === 'powerOff') {
      this.powerOffs.push({ atMs: this.timeline.nowMs, node });
      this.timeline.in(POWER_OFF_MS, () => machine.losePower());
      this.timeline.in(BMC_MS, () => this.#feed({ kind: 'powerOffAnswered', node, query, accepted: true, detail: '' }));
    } else
      this.timeline.in(BMC_MS, () =>
        this.#feed({ kind: 'powerAnswered', node, query, power: machine.power ? 'on' : 'off', detail: '' }),
      );
  }
}
