import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readyOf, startOwn } from '../../cli/own-program.ts';
import type { AppView, JournalEntry } from '../../protocol/view.ts';
import { ROOT } from '../../scripts/runtime.mjs';

/*
 * A real coordinator that is killed again and again while changes come in, each at its own time, whether those before it are
 * answered or not. An application has one change under way at a time, and each gives it a demand that is used once: so what is
 * stored says which change it was, and the journal must tell each stored change exactly once.
 */

export interface KillsOptions {
  readonly folder: string;
  readonly kills: number;
  readonly changesPerS: number;
  readonly seed: number; // another one, other moments
  readonly onKill?: (soFar: KillsResult) => void;
}
export interface KillsResult {
  readonly kills: number;
  readonly sent: number;
  readonly accepted: number;
  readonly unanswered: number; // it was killed before it could answer
  readonly unansweredStored: number; // of these, stored all the same
  readonly lost: number; // accepted and not there after the kill
  readonly doubled: number; // stored changes that the journal tells more than once
  readonly trafficMs: number; // time in which changes were sent
}

/** So many changes can be under way. */
const APPS = 40;
/** As built: it starts in a third of the time. */
const BUILT = join(ROOT, 'dist/evenkeel.js');
/** From the first change to the kill at most. */
const MOST_MS = 500;
/** Changes that are late are sent at once, but no more than fell due within this: they are at a rate, not a burst. */
const MOST_LATE_MS = 100;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

export async function killAgainAndAgain(options: KillsOptions): Promise<KillsResult> {
  const { folder, kills, changesPerS, seed, onKill } = options;
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'coordinator.yaml');
  writeFileSync(
    config,
    JSON.stringify({
      cluster: 'kills',
      stateDir: join(folder, 'state'),
      mqtt: { port: 0 },
      http: { port: 0 },
      log: { level: 'error' },
      settings: { replanDelayMs: 2000 },
    }),
  );
  const known: Known = { stored: new Map(), lines: new Map(), told: new Map(), read: 0, open: new Map() };
  const { open } = known;
  let result: KillsResult = {
    kills: 0,
    sent: 0,
    accepted: 0,
    unanswered: 0,
    unansweredStored: 0,
    lost: 0,
    doubled: 0,
    trafficMs: 0,
  };
  const add = (more: Partial<KillsResult>) => {
    const sum = { ...result } as Record<keyof KillsResult, number>;
    for (const [field, value] of Object.entries(more)) sum[field as keyof KillsResult] += value;
    result = sum;
  };
  /** Whether it was accepted; what was not stays open. */
  const send = async (url: string, app: string, change: number): Promise<boolean> => {
    open.set(app, change);
    if (!(await put(url, app, change))) return false;
    noteStored(known, app, change);
    open.delete(app);
    add({ accepted: 1 });
    return true;
  };
  let change = 0;
  for (let kill = 0; ; kill++) {
    const program = startOwn('coordinator', config, join(folder, 'log'), {}, BUILT);
    const { http } = await readyOf(program);
    const url = `${http.replace(/\/$/, '')}/api/v1`;
    add(await checked(url, known));
    // whoever got no answer asks again; what was stored already must not be told twice
    const again = await Promise.all([...open].map(([app, change]) => send(url, app, change)));
    if (again.includes(false)) throw new Error('the coordinator ended by itself');
    if (kill === kills) {
      known.read = 0; // the whole journal once more
      known.told.clear();
      add(await checked(url, known));
      program.process.kill('SIGTERM');
      await program.ended;
      return result;
    }
    let isUp = true;
    const share = ((seed + 1) * (kill + 1) * GOLDEN) % 1; // spread evenly, and no two alike
    const timer = setTimeout(() => program.process.kill('SIGKILL'), 1 + share * (MOST_MS - 1));
    const under = new Map<string, Promise<void>>();
    const began = performance.now();
    for (let due = began; isUp; due = Math.max(due + 1000 / changesPerS, performance.now() - MOST_LATE_MS)) {
      const early = due - performance.now();
      if (early > 0) await delay(early);
      change++;
      const app = `a${change % APPS}`;
      await under.get(app);
      if (!isUp) break;
      add({ sent: 1 });
      under.set(
        app,
        send(url, app, change).then((isAccepted) => {
          isUp &&= isAccepted;
        }),
      );
    }
    add({ kills: 1, trafficMs: performance.now() - began });
    clearTimeout(timer);
    program.process.kill('SIGKILL');
    await program.ended;
    await Promise.all(under.values());
    add({ unanswered: open.size });
    onKill?.(result);
  }
}

/** Whether it was accepted; false when the connection broke. Any other answer is an error. */
async function put(url: string, app: string, change: number): Promise<boolean> {
  const body = JSON.stringify({
    name: app,
    demand: { units: change },
    runtime: { driver: 'process', command: ['/bin/true'] },
  });
  let response: Response;
  try {
    response = await fetch(`${url}/apps/${app}`, { method: 'PUT', body });
    if (response.ok) await response.arrayBuffer();
  } catch {
    return false;
  }
  if (!response.ok) throw new Error(`change ${change}: ${response.status} ${await response.text()}`);
  return true;
}

interface Known {
  readonly stored: Map<string, number>; // the newest change of each application that was accepted or found
  readonly lines: Map<string, number>; // how many changes of it are stored
  readonly told: Map<string, number>; // how many of them the journal tells
  read: number; // the journal was read up to this line
  readonly open: Map<string, number>; // changes without an answer
}

function noteStored({ stored, lines }: Known, app: string, change: number): void {
  if (stored.get(app) === change) return;
  stored.set(app, change);
  lines.set(app, (lines.get(app) ?? 0) + 1);
}

/** What the coordinator that was started anew has, against what must be there; brings what is known up to date. */
async function checked(url: string, known: Known): Promise<Partial<KillsResult>> {
  const { stored, lines, told, open } = known;
  const apps = (await (await fetch(`${url}/apps`)).json()) as AppView[];
  const found = new Map(apps.map(({ app, spec }) => [app as string, spec.demand.units ?? 0]));
  let unansweredStored = 0;
  for (const [app, change] of open) {
    if (found.get(app) !== change) continue;
    noteStored(known, app, change);
    unansweredStored++;
  }
  let lost = 0;
  for (const [app, change] of stored) if (found.get(app) !== change) lost++;
  for (;;) {
    const page = (await (await fetch(`${url}/events?after=${known.read}&limit=10000`)).json()) as JournalEntry[];
    for (const { kind, app } of page) if (kind === 'operator' && app) told.set(app, (told.get(app) ?? 0) + 1);
    known.read = page.at(-1)?.id ?? known.read;
    if (page.length < 10_000) break;
  }
  let doubled = 0;
  for (const [app, count] of lines) {
    const more = (told.get(app) ?? 0) - count;
    if (more > 0) doubled += more;
    else lost -= more; // a change whose line is missing is lost as well
    lines.set(app, told.get(app) ?? 0); // counted once
  }
  return { lost, doubled, unansweredStored };
}
