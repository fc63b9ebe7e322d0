import type { Logger } from 'pino';
import { monotonicMs } from '../../protocol/clock.ts';
import { OperatingError } from '../../protocol/errors.ts';
import type { ClusterView, JournalEntry } from '../../protocol/view.ts';
import type { Durable, DurableChange } from '../core/durable.ts';
import type { Effect, JournalLine, Reply } from '../core/effects.ts';
import type { Command, Event, Happening } from '../core/events.ts';
import { leaseGranted } from '../core/heartbeats.ts';
import type { Settings } from '../core/settings.ts';
import type { State } from '../core/state.ts';
import { initialState, type Step, step } from '../core/step.ts';
import { clusterView } from '../core/view.ts';
import type { Store } from '../store/store.ts';
import { bootOfMachine } from './clock.ts';
import { Missed } from './missed.ts';

export interface RuntimeOptions {
  readonly cluster: string;
  readonly run: string; // names this process among coordinators
  readonly settings: Settings;
  readonly store: Store;
  /** What the store holds, where that has been read already: to read and check it takes long. */
  readonly durable?: Durable;
  readonly log: Logger;
  /** Does what the core asks for; persist, record and reply are done by the runtime itself. */
  readonly perform: (effect: Effect) => void;
  readonly record?: (event: Event) => void;
}

const JOURNAL_TAIL = 100;
/** Commands that share a commit at most: the leases that fall due meanwhile wait for all of them. */
const MOST_TOGETHER = 32;
const FROM_OUTSIDE: ReadonlySet<Event['kind']> = new Set([
  'greeted',
  'heartbeaten',
  'reported',
  'named',
  'sampled',
  'noted',
  'hinted',
  'otherHeard',
]);

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

/** The loop: events in, effects out, and nothing done that is not on disk. */
export class Runtime {
  readonly #options: RuntimeOptions;
  readonly #replies = new Map<number, Waiting>();
  /** Commands that came since the last commit of some, in their order. */
  readonly #commands: { readonly request: number; readonly command: Command }[] = [];
  readonly #listeners = new Set<(entries: readonly JournalEntry[]) => void>();
  #requests = 0;
  #state: State;
  #version = 0;
  #journal: readonly JournalEntry[];
  #storeError: OperatingError | null = null;
  readonly #missed = new Missed();

  constructor({ durable, ...options }: RuntimeOptions) {
    this.#options = options;
    this.#journal = options.store.journalTail(JOURNAL_TAIL);
    const who = { run: options.run, boot: bootOfMachine() };
    const first = initialState(options.settings, durable ?? options.store.load(), monotonicMs(), Date.now(), who);
    this.#state = first[0];
    this.#commit(first); // a store that cannot be written at the start is an error for the caller
    this.#act(first[1]);
  }

  get state(): State {
    return this.#state;
  }
  get version(): number {
    return this.#version;
  }
  get storeError(): OperatingError | null {
    return this.#storeError;
  }

  feed(happening: Happening): void {
    this.#missed.pass(happening, (one) => this.#take(one));
  }

  /** False when the store refuses: then it did not happen. */
  #take(happening: Happening): boolean {
    const event = { ...happening, at: monotonicMs() } as Event;
    const next = this.#step(this.#state, event);
    if (next === null) return true;
    if (!this.#keep(next)) return false;
    // heartbeats and ticks that lead to nothing change nothing that people see
    const isSeen = event.kind === 'reported' || event.kind === 'sampled' || event.kind === 'otherHeard';
    if (isSeen || (event.kind !== 'tallied' && next[1].some((effect) => effect.kind !== 'grant'))) this.#version++;
    this.#act(next[1]);
    return true;
  }

  /**
   * Commands that came together become durable together: one transaction and one sync of the disk, which takes longer than
   * all else, and each is answered after it. When it fails none of them happened.
   */
  #takeCommands(): void {
    const commands = this.#commands.splice(0, MOST_TOGETHER);
    if (this.#commands.length > 0) setImmediate(() => this.#takeCommands());
    let state = this.#state;
    const effects: Effect[] = [];
    for (const command of commands) {
      try {
        const next = this.#step(state, { kind: 'commanded', ...command, at: monotonicMs() });
        if (next === null) continue;
        state = next[0];
        effects.push(...next[1]);
      } catch (error) {
        this.#settle(command.request)?.reject(error); // our mistake, and no reason to refuse the others
      }
    }
    if (this.#keep([state, effects])) {
      this.#version++;
      this.#act(effects);
    }
    for (const { request } of commands)
      this.#settle(request)?.reject(this.#storeError ?? new OperatingError('INTERNAL', 'the command was not answered'));
  }

  #settle(request: number): Waiting | undefined {
    const waiting = this.#replies.get(request);
    this.#replies.delete(request);
    return waiting;
  }

  /** Makes it durable, then true. False when the store refuses: then it did not happen. */
  #keep(next: Step): boolean {
    try {
      this.#commit(next);
    } catch (error) {
      this.#refuse(next, error);
      return false;
    }
    this.#state = next[0];
    return true;
  }

  /**
   * A message from outside that the core cannot digest is our mistake, but must not be able to end the coordinator again
   * and again: it is dropped whole, which a lost message would have been too. Anything else stops the process.
   */
  #step(state: State, event: Event): Step | null {
    this.#options.record?.(event);
    try {
      return step(state, event);
    } catch (error) {
      if (!FROM_OUTSIDE.has(event.kind)) throw error;
      this.#options.log.error({ code: 'INTERNAL', err: error, event: event.kind }, 'a message was dropped');
      return null;
    }
  }

  /** The store turned out to be damaged: from here on nothing is changed, and leases go on. */
  distrust(damage: OperatingError): void {
    this.#options.store.distrust(damage);
    this.#fail(damage);
  }

  /** Throws the store's error when the change could not be made durable. */
  command(command: Command): Promise<Reply> {
    const request = ++this.#requests;
    // what else has arrived already is read first
    if (this.#commands.length === 0) setImmediate(() => this.#takeCommands());
    this.#commands.push({ request, command });
    return new Promise((resolve, reject) => {
      this.#replies.set(request, { resolve, reject });
    });
  }

  onJournal(listener: (entries: readonly JournalEntry[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  view(): ClusterView {
    const view = clusterView(this.#state, {
      cluster: this.#options.cluster,
      at: monotonicMs(),
      wallMs: Date.now(),
      version: this.#version,
      journal: this.#journal,
    });
    if (!this.#storeError) return view;
    return {
      ...view,
      tone: 'bad',
      sentence: `Nothing can be changed (${this.#storeError.code}): ${this.#storeError.message.replace(/\.$/, '')}. What runs goes on.`,
    };
  }

  #commit([, effects]: Step): void {
    const changes: DurableChange[] = [];
    const lines: JournalLine[] = [];
    for (const effect of effects) {
      if (effect.kind === 'persist') changes.push(effect.change);
      else if (effect.kind === 'record') lines.push(effect.line);
    }
    if (changes.length === 0 && lines.length === 0) return;
    const entries = this.#options.store.commit(changes, lines, Date.now());
    if (this.#storeError) this.#options.log.info('the store can be written again');
    this.#storeError = null;
    if (entries.length === 0) return;
    this.#journal = [...this.#journal, ...entries].slice(-JOURNAL_TAIL);
    for (const listener of this.#listeners) listener(entries);
    for (const entry of entries)
      this.#options.log.info({ kind: entry.kind, node: entry.node ?? undefined }, entry.text);
  }

  /** The step did not happen. Leases it would have granted are granted all the same: a full disk must stop no application. */
  #refuse([{ at }, effects]: Step, error: unknown): void {
    const failure =
      error instanceof OperatingError ? error : new OperatingError('STORE_FAILED', String(error), { cause: error });
    this.#fail(failure);
    for (const effect of effects) {
      if (effect.kind !== 'grant') continue;
      this.#options.perform(effect);
      this.#state = leaseGranted(this.#state, effect.lease.node, at);
    }
  }

  #fail(failure: OperatingError): void {
    if (this.#storeError?.message !== failure.message)
      this.#options.log.error({ code: failure.code, err: failure }, failure.message);
    this.#storeError = failure;
    this.#version++;
  }

  #act(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'persist' || effect.kind === 'record') continue;
      if (effect.kind === 'reply') this.#settle(effect.request)?.resolve(effect.reply);
      else this.#options.perform(effect);
    }
  }
}
