import type { DurableChange } from '../../coordinator/core/durable.ts';
import type { Effect, Reply } from '../../coordinator/core/effects.ts';
import type { Command, Event, Happening } from '../../coordinator/core/events.ts';
import { leaseGranted } from '../../coordinator/core/heartbeats.ts';
import type { State } from '../../coordinator/core/state.ts';
import { initialState, type Step, step } from '../../coordinator/core/step.ts';
import { Missed } from '../../coordinator/shell/missed.ts';
import { keepsHandsOff } from './hands-off-oracle.ts';
import type { ClusterPart } from './parts.ts';
import { roll } from './random.ts';
import { solve } from './solving.ts';

const PROBE_MS = 500;
const DEAF_AFTER_MS = 2000;

/**
 * One life of the coordinator: its real decisions, with what coordinator/shell/runtime.ts, link.ts and main.ts do around them:
 * nothing is done that is not on disk; a commit blocks it; a step that the store refuses did not happen.
 */
export class Coordinator {
  state: State;
  paused = false;
  readonly #cluster: ClusterPart;
  readonly #missed = new Missed();
  #waiting: Happening[] = [];
  #commits = false;
  #ended = false;
  #heardAt: number;
  #deaf = false;
  #requests = 0;
  readonly #replies = new Map<number, (reply: Reply) => void>();

  constructor(cluster: ClusterPart) {
    this.#cluster = cluster;
    this.#heardAt = cluster.timeline.now;
    const boot = `boot ${cluster.coordinatorBoot.number}`;
    const first = initialState(cluster.settings, cluster.disk.read(), this.#clock(), 0, { boot });
    this.state = first[0];
    const changes = first[1].flatMap((effect) => (effect.kind === 'persist' ? [effect.change] : []));
    cluster.disk.write(changes);
    cluster.oracles.committed(changes, first[0]);
    this.#tickAgain();
    this.#probeAgain();
  }

  get ended(): boolean {
    return this.#ended;
  }

  #clock(): number {
    const { timeline, coordinatorRate, coordinatorBoot } = this.#cluster;
    return coordinatorBoot.clockMs + (timeline.now - coordinatorBoot.sinceMs) * coordinatorRate;
  }

  die(): void {
    this.#ended = true;
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.#drain();
  }

  #tickAgain(): void {
    this.#cluster.timeline.in(this.#cluster.shape.tickMs, () => {
      if (this.#ended) return;
      // a timer that is overdue fires once
      if (!this.isStalled) this.feed({ kind: 'ticked' });
      this.#tickAgain();
    });
  }

  #probeAgain(): void {
    const { timeline, network } = this.#cluster;
    timeline.in(PROBE_MS, () => {
      if (this.#ended) return;
      if (!this.isStalled) {
        if (timeline.now - this.#heardAt > DEAF_AFTER_MS) this.#listen(true, 'its probe does not come back');
        if (network.coordinatorHearsItself())
          timeline.in(5, () => {
            if (this.#ended || this.isStalled) return;
            this.#heardAt = timeline.now;
            this.#listen(false, '');
          });
      }
      this.#probeAgain();
    });
  }
  #listen(deaf: boolean, detail: string): void {
    if (deaf === this.#deaf) return;
    this.#deaf = deaf;
    this.feed({ kind: 'listened', deaf, detail });
  }
  get isDeaf(): boolean {
    return this.#deaf;
  }

  get isStalled(): boolean {
    return this.paused || this.#commits;
  }

  /** What came while it stood still is taken now; its own timer may come before or after that. */
  #drain(): void {
    if (this.isStalled || this.#ended) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (roll(this.#cluster.seed, 'timer first', this.#cluster.timeline.now) < 0.5) waiting.unshift({ kind: 'ticked' });
    for (const happening of waiting) this.feed(happening);
  }

  feed(happening: Happening): void {
    if (this.#ended) return;
    if (this.isStalled) {
      this.#waiting.push(happening);
      return;
    }
    this.#missed.pass(happening, (one) => this.#take(one));
  }

  command(command: Command, answered: (reply: Reply) => void = () => {}): void {
    const request = ++this.#requests;
    this.#replies.set(request, answered);
    this.feed({ kind: 'commanded', request, command });
  }

  /** False when the store refuses: then it did not happen. */
  #take(happening: Happening): boolean {
    if (this.#ended) return true;
    if (this.isStalled) {
      this.#waiting.push(happening);
      return true;
    }
    const { timeline, trouble, oracles, disk, seed } = this.#cluster;
    const event = { ...happening, at: this.#clock() } as Event;
    const next = step(this.state, event);
    const [after, effects] = next;
    timeline.mark(event.kind, effects.length, () => `C: ${event.kind} ${about(event)}`);
    keepsHandsOff(this.state, after, effects);
    const changes: DurableChange[] = [];
    let lines = 0;
    for (const effect of effects) {
      if (effect.kind === 'persist') changes.push(effect.change);
      else if (effect.kind === 'record') {
        lines++;
        timeline.mark('record', 0, () => `C: ${effect.line.text}`);
      }
    }
    if (changes.length + lines === 0) oracles.heard(event, after);
    else {
      if (trouble.has('store-full') !== null) {
        timeline.mark('refused', changes.length, () => 'C: the store refuses this step');
        // what came with a hello is forgotten with the step; a heartbeat's lease is granted all the same
        if (event.kind !== 'greeted') oracles.heard(event, after);
        this.#refuse(next);
        return false;
      }
      oracles.heard(event, after);
      const dies = trouble.has('store-dies');
      if (dies !== null && changes.length > 0 && roll(seed, 'dies', timeline.now) < 0.3) {
        if (dies < 0.5) {
          disk.write(changes);
          oracles.committed(changes, after);
        }
        timeline.mark('dies', 0, () => `C: dies ${dies < 0.5 ? 'after' : 'before'} a commit`);
        this.#cluster.crashCoordinator(800);
        return true; // nobody hears what became of it
      }
      disk.write(changes);
      oracles.committed(changes, after);
      const slow = trouble.has('store-slow');
      if (slow !== null) {
        // the clock was read before the commit: everything after it comes late
        const took = 50 + 2500 * slow * roll(seed, 'slow', timeline.now);
        this.state = after;
        this.#commits = true;
        timeline.in(took, () => {
          if (this.#ended) return;
          this.#commits = false;
          this.#act(effects);
          this.#drain();
        });
        return true;
      }
    }
    this.state = after;
    this.#act(effects);
    return true;
  }

  #refuse([{ at }, effects]: Step): void {
    for (const effect of effects) {
      if (effect.kind === 'reply') this.#replies.delete(effect.request);
      if (effect.kind !== 'grant') continue;
      this.#perform(effect);
      this.state = leaseGranted(this.state, effect.lease.node, at);
    }
  }

  #act(effects: readonly Effect[]): void {
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    const { timeline, oracles, network } = this.#cluster;
    oracles.performs(effect, this.state);
    switch (effect.kind) {
      case 'assign': {
        const machine = this.#cluster.machine(effect.assignment.node);
        network.carry(machine.index, 'down', () =>
          machine.agent?.received({ kind: 'assigned', assignment: effect.assignment }),
        );
        return;
      }
      case 'grant': {
        const machine = this.#cluster.machine(effect.lease.node);
        network.carry(machine.index, 'down', () => this.#cluster.leaseArrives(machine, effect.lease));
        return;
      }
      case 'request': {
        const machine = this.#cluster.machine(effect.request.node);
        network.carry(machine.index, 'down', () =>
          machine.agent?.received({ kind: 'requested', request: effect.request }),
        );
        return;
      }
      case 'solve':
        return this.#solve(effect);
      case 'survey':
        timeline.in(30, () => this.feed({ kind: 'surveyed', survey: effect.survey, result: null }));
        return;
      case 'queryPower': {
        const { node, query } = effect;
        this.#cluster
          .bmcOf(node)
          .query((power) =>
            this.feed({ kind: 'powerAnswered', node, query, power, detail: power === 'unknown' ? 'no answer' : '' }),
          );
        return;
      }
      case 'powerOff': {
        const { node, query } = effect;
        const machine = this.#cluster.machine(node);
        timeline.mark('powerOff', machine.index, () => `C: orders power-off of ${node}`);
        this.#cluster
          .bmcOf(node)
          .off((accepted) =>
            this.feed({ kind: 'powerOffAnswered', node, query, accepted, detail: accepted ? '' : 'no answer' }),
          );
        return;
      }
      case 'reply':
        this.#replies.get(effect.request)?.(effect.reply);
        this.#replies.delete(effect.request);
        return;
      case 'persist':
      case 'record':
      case 'cancelSolve':
        return;
    }
  }

  #solve({ solve: id, problem, seed, steps }: Effect & { kind: 'solve' }): void {
    const { timeline, trouble } = this.#cluster;
    const tookMs = 5 + 60 * roll(this.#cluster.seed, 'solve', timeline.now);
    timeline.in(tookMs, () => {
      if (this.#ended) return;
      const answer = trouble.has('solver-fails') === null ? solve(problem, seed, steps) : 'it has failed';
      if (typeof answer === 'string') this.feed({ kind: 'solved', solve: id, solution: null, error: answer, tookMs });
      else this.feed({ kind: 'solved', solve: id, solution: answer, error: null, tookMs });
    });
  }
}

function about(event: Event): string {
  switch (event.kind) {
    case 'greeted':
      return `${event.hello.node} boot ${event.hello.bootId}`;
    case 'heartbeaten':
      return `${event.heartbeat.node} boot ${event.heartbeat.bootId} no ${event.heartbeat.sequence}`;
    case 'reported':
      return `${event.report.node} ${event.report.term}/${event.report.revision}: ${event.report.instances
        .map((one) => `${one.instance}#${one.generation} ${one.role} ${one.state}`)
        .join(', ')}`;
    case 'powerAnswered':
      return `${event.node} ${event.power}`;
    case 'listened':
      return event.deaf ? 'deaf' : 'hears';
    default:
      return '';
  }
}
