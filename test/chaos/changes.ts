import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from '../../cli/client.ts';
import type { AppView, JournalEntry } from '../../protocol/view.ts';

/*
 * Changes that come in all the while: of applications that run nowhere, with a demand that is used once. What was accepted
 * must be there afterwards and stand once in the journal.
 */

const PAUSE_MS = 200;
const ANSWER_LIMIT_MS = 3000;

interface Noted {
  accepted: number; // changes
  value: number; // of the newest that was accepted
  unanswered: number | null; // its value: stored or not. Nothing follows it
}

export interface ChangesResult {
  readonly accepted: number;
  readonly unanswered: number;
  readonly lost: number;
  readonly doubled: number;
}

export class Changes {
  readonly #client: ApiClient;
  readonly #noted = new Map<string, Noted>();
  readonly #prefix: string;
  #next = 0;
  #ended = false;
  #running: Promise<void> = Promise.resolve();

  /** @param prefix of the applications' names: another one for each of several on the same cluster */
  constructor(client: ApiClient, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
  }

  begin(): void {
    this.#running = this.#go();
  }

  async #go(): Promise<void> {
    let app = '';
    for (let value = 1; !this.#ended; value++) {
      const noted = this.#noted.get(app);
      // whatever got no answer may still be carried out, after what is sent later: so nothing is sent later
      if (!noted || noted.unanswered !== null) app = `${this.#prefix}-${this.#next++}`;
      const entry: Noted = this.#noted.get(app) ?? { accepted: 0, value: 0, unanswered: null };
      this.#noted.set(app, entry);
      const answer = await Promise.race([this.#put(app, value), delay(ANSWER_LIMIT_MS, 'unanswered' as const)]);
      if (answer === 'accepted') {
        entry.accepted++;
        entry.value = value;
      } else if (answer === 'unanswered') entry.unanswered = value;
      await delay(PAUSE_MS);
    }
  }

  async #put(app: string, units: number): Promise<'accepted' | 'refused' | 'unanswered'> {
    const spec = {
      name: app,
      replicas: 0,
      demand: { units },
      runtime: { driver: 'process', command: ['/bin/true'] },
    };
    try {
      await this.#client.put(`/apps/${app}`, JSON.stringify(spec));
      return 'accepted';
    } catch (error) {
      const { code } = error as { code?: string };
      return code === 'STORE_FULL' || code === 'STORE_FAILED' ? 'refused' : 'unanswered';
    }
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#running;
  }

  /** What was accepted against what the coordinator has; removes what was made. The cluster must be well. */
  async compare(): Promise<ChangesResult> {
    const apps = await this.#client.get<AppView[]>('/apps');
    const found = new Map(apps.map(({ app, spec }) => [app as string, spec.demand.units ?? 0]));
    const told = await this.#told();
    let [accepted, unanswered, lost, doubled] = [0, 0, 0, 0];
    for (const [app, noted] of this.#noted) {
      accepted += noted.accepted;
      const stored = noted.unanswered !== null && found.get(app) === noted.unanswered;
      if (noted.unanswered !== null) unanswered++;
      if (noted.accepted > 0 && !stored && found.get(app) !== noted.value) lost++;
      const lines = told.get(app) ?? 0;
      const expected = noted.accepted + (stored ? 1 : 0);
      if (lines < expected) lost += expected - lines;
      else doubled += lines - expected;
      if (found.has(app)) await this.#client.del(`/apps/${app}`);
    }
    return { accepted, unanswered, lost, doubled };
  }

  /** How often the journal tells of a change, by application. */
  async #told(): Promise<Map<string, number>> {
    const PAGE = 10_000;
    const told = new Map<string, number>();
    for (let after = 0; ; ) {
      const page = await this.#client.get<JournalEntry[]>(`/events?after=${after}&limit=${PAGE}`);
      for (const { kind, app } of page) if (kind === 'operator' && app) told.set(app, (told.get(app) ?? 0) + 1);
      if (page.length < PAGE) return told;
      after = page.at(-1)?.id ?? after;
    }
  }
}
