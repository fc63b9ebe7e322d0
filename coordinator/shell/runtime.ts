import type { Logger } from 'pino';
import { OperatingError } from '../../protocol/errors.ts';
import type { ClusterView, JournalEntry } from '../../protocol/view.ts';
import type { DurableChange } from '../core/durable.ts';
import type { Effect, JournalLine, Reply } from '../core/effects.ts';
import type { Command, Event } from '../core/events.ts';
import { leaseGranted } from '../core/heartbeats.ts';
import type { Settings } from '../core/settings.ts';
import type { State } from '../core/state.ts';
import { initialState, type Step, step } from '../core/step.ts';
import { clusterView } from '../core/view.ts';
import type { Store } from '../store/store.ts';
import { bootOfMachine, monotonicMs } from './clock.ts';

/** An event before the clock is read. */
export type Happening = Event extends infer E ? (E extends Event ? Omit<E, 'at'> : never) : never;

export interface RuntimeOptions {
  readonly cluster: string;
  readonly settings: Settings;
  readonly store: Store;
  readonly log: Logger;
  /** Does what the core asks for; persist, record and reply are done by the runtime itself. */
  readonly perform: (effect: Effect) => void;
  readonly record?: (event: Event) => void;
}

const JOURNAL_TAIL = 100;
const FROM_OUTSIDE: ReadonlySet<Event['kind']> = new Set([
  'greeted',
  'heartbeaten',
  'reported',
  'named',
  'sampled',
  'noted',
  'hinted',
]);

const ONCE: ReadonlySet<Event['kind']> = new Set([
  'solved',
  'surveyed',
  'powerAnswered',
  'powerOffAnswered',
  'powerOnAnswered',
  'listened',
]);

/** The loop: events in, effects out, and nothing done that is not on disk. */
export class Runtime {
  readonly #options: RuntimeOptions;
  readonly #replies = new Map<number, (reply: Reply) => void>();
  readonly #listeners = new Set<(entries: readonly JournalEntry[]) => void>();
  #requests = 0;
  #state: State;
  #version = 0;
  #journal: readonly JournalEntry[];
  #storeError: OperatingError | null = null;
  /** Answers and changes that nobody will tell again, of steps that the store refused. */
  readonly #missed: Happening[] = [];

  constructor(options: RuntimeOptions) {
    this.#options = options;
    this.#journal = options.store.journalTail(JOURNAL_TAIL);
    const first = initialState(options.settings, options.store.load(), monotonicMs(), bootOfMachine());
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
    // what comes only once is taken up again before time goes on
    if (happening.kind === 'ticked') for (const missed of this.#missed.splice(0)) this.#take(missed);
    this.#take(happening);
  }

  #take(happening: Happening): void {
    const event = { ...happening, at: monotonicMs() } as Event;
    this.#options.record?.(event);
    const next = this.#step(event);
    if (next === null) return;
    try {
      this.#commit(next);
    } catch (error) {
      this.#refuse(next, error);
      if (ONCE.has(happening.kind)) this.#missed.push(happening);
      return;
    }
    this.#state = next[0];
    // heartbeats and ticks that lead to nothing change nothing that people see
    const isSeen = event.kind === 'reported' || event.kind === 'sampled';
    if (isSeen || (event.kind !== 'tallied' && next[1].some((effect) => effect.kind !== 'grant'))) this.#version++;
    this.#act(next[1]);
  }

  /**
   * A message from outside that the core cannot digest is our mistake, but must not be able to end the coordinator again
   * and again: it is dropped whole, which a lost message would have been too. Anything else stops the process.
   */
  #step(event: Event): Step | null {
    try {
      return step(this.#state, event);
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
    return new Promise((resolve, reject) => {
      this.#replies.set(request, resolve);
      this.feed({ kind: 'commanded', request, command });
      if (this.#replies.delete(request))
        reject(this.#storeError ?? new OperatingError('INTERNAL', 'the command was not answered'));
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
      if (effect.kind === 'reply') {
        this.#replies.get(effect.request)?.(effect.reply);
        this.#replies.delete(effect.request);
      } else this.#options.perform(effect);
    }
  }
}
