import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readyOf, startOwn } from '../../cli/own-program.ts';
import type { AppView, JournalEntry } from '../../protocol/view.ts';
import { ROOT } from '../../scripts/runtime.mjs';

/*
 * A real coordinator that is killed again and again while changes come in. Each change gives an application a demand that is
 * used once, so that what is stored says which change it was; the journal must tell each stored change exactly once.
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
  readonly unanswered: number; // killed before it could answer
  readonly unansweredStored: number; // of these, stored all the same
  readonly lost: number; // accepted and not there after the kill
  readonly doubled: number; // stored changes that the journal tells more than once
  readonly trafficMs: number; // time in which changes were sent
}

const APPS = 20;
/** As built: it starts in a third of the time. */
const BUILT = join(ROOT, 'dist/evenkeel.js');
/** From the first change to the kill at most. */
const MOST_MS = 500;
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
  const stored = new Map<string, number>(); // the newest change of each application that was accepted or found
  const lines = new Map<string, number>(); // how many changes of it are stored
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
  let change = 0;
  let open: { readonly app: string; readonly change: number } | null = null;
  for (let kill = 0; ; kill++) {
    const program = startOwn('coordinator', config, join(folder, 'log'), {}, BUILT);
    const { http } = await readyOf(program);
    const url = `${http.replace(/\/$/, '')}/api/v1`;
    const answers = await checked(url, { stored, lines, open });
    add(answers);
    // whoever got no answer asks again; what was stored already must not be told twice
    if (open) {
      if (!(await put(url, open.app, open.change))) throw new Error('the coordinator ended by itself');
      if (stored.get(open.app) !== open.change) {
        stored.set(open.app, open.change);
        lines.set(open.app, (lines.get(open.app) ?? 0) + 1);
      }
      add({ accepted: 1 });
      open = null;
    }
    if (kill === kills) {
      program.process.kill('SIGTERM');
      await program.ended;
      return result;
    }
    const share = ((seed + 1) * (kill + 1) * GOLDEN) % 1; // spread evenly, and no two alike
    const timer = setTimeout(() => program.process.kill('SIGKILL'), 1 + share * (MOST_MS - 1));
    const began = performance.now();
    for (let sent = 0; ; sent++) {
      const early = began + (sent * 1000) / changesPerS - performance.now();
      if (early > 0) await delay(early);
      change++;
      const app = `a${change % APPS}`;
      open = { app, change };
      add({ sent: 1 });
      if (!(await put(url, app, change))) break;
      stored.set(app, change);
      lines.set(app, (lines.get(app) ?? 0) + 1);
      open = null;
      add({ accepted: 1 });
    }
    add({ kills: 1, unanswered: 1, trafficMs: performance.now() - began });
    clearTimeout(timer);
    program.process.kill('SIGKILL');
    await program.ended;
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
  readonly stored: Map<string, number>;
  readonly lines: Map<string, number>;
  readonly open: { readonly app: string; readonly change: number } | null;
}

/** What the coordinator that was started anew has, against what must be there; brings what is known up to date. */
async function checked(url: string, { stored, lines, open }: Known): Promise<Partial<KillsResult>> {
  const apps = (await (await fetch(`${url}/apps`)).json()) as AppView[];
  const found = new Map(apps.map(({ app, spec }) => [app as string, spec.demand.units ?? 0]));
  let unansweredStored = 0;
  if (open && found.get(open.app) === open.change) {
    stored.set(open.app, open.change);
    lines.set(open.app, (lines.get(open.app) ?? 0) + 1);
    unansweredStored = 1;
  }
  let lost = 0;
  for (const [app, change] of stored) if (found.get(app) !== change) lost++;
  const told = new Map<string, number>();
  for (let after = 0; ; ) {
    const page = (await (await fetch(`${url}/events?after=${after}&limit=10000`)).json()) as JournalEntry[];
    for (const { kind, app } of page) if (kind === 'operator' && app) told.set(app, (told.get(app) ?? 0) + 1);
    if (page.length < 10_000) break;
    after = page.at(-1)!.id;
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
