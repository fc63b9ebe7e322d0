import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { roll } from '../simulation/random.ts';
import { Arena, type ArenaOptions } from './arena.ts';
import type { ChangesResult } from './changes.ts';
import type { Judgement } from './judge.ts';
import type { Kind, Need } from './kinds.ts';
import { Run } from './run.ts';
import type { Replaced } from './witness.ts';

/*
 * Many runs, on few clusters: each is used until something is wrong on it, or so many runs have been played. What needs the same
 * cluster follows each other.
 */

export interface CampaignOptions {
  readonly runs: number;
  readonly seed: number;
  readonly kinds: readonly Kind[];
  /** What cannot be had: no kind needs it. */
  readonly lacks: ReadonlySet<Need>;
  readonly nodes: number;
  /** For how long faults last that must change nothing; null: as chance has it. */
  readonly holdMs: number | null;
  /** All on one cluster that has everything, for quick tests; times are no measure there. */
  readonly oneCluster: boolean;
  /** Keep what was written down of runs without a violation too. */
  readonly keep: boolean;
  readonly onRun: (result: RunResult) => void;
  readonly onNote: (text: string) => void;
  readonly stopped: () => boolean;
}

export interface RunResult extends Omit<Judgement, 'violations'> {
  readonly run: number;
  readonly seed: number;
  readonly kind: string;
  readonly cluster: string;
  readonly violations: readonly string[];
  readonly story: readonly string[];
  readonly failovers: readonly Replaced[];
  readonly crashMs: number | null;
  readonly changes: ChangesResult | null;
  readonly tookMs: number;
  /** Where everything lies that was written down, after a violation. */
  readonly folder: string | null;
}

type Flavour = 'embedded' | 'mosquitto' | 'special';
interface Planned {
  readonly seed: number;
  readonly kind: Kind;
  readonly flavour: Flavour;
}

const RUNS_PER_CLUSTER = 40;
const FIRST_SETTLE_MS = 120_000;
const SETTLE_MS = 120_000;

/** Every kind as often as the others, in an order of chance; grouped by the cluster that they need. */
export function planOf(options: Pick<CampaignOptions, 'runs' | 'seed' | 'kinds' | 'lacks' | 'oneCluster'>): Planned[] {
  const { runs, seed, kinds, lacks, oneCluster } = options;
  const planned = Array.from({ length: runs }, (_, i): Planned => {
    const kind = kinds[i % kinds.length];
    if (!kind) throw new Error('there are no kinds to choose from');
    return { seed: seed + i, kind, flavour: oneCluster ? 'special' : flavourOf(kind, seed + i, lacks) };
  });
  const order = (one: Planned) => roll(one.seed, 'order');
  return planned.sort((a, b) => compare(a.flavour, b.flavour) || (oneCluster ? 0 : order(a) - order(b)));
}
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function flavourOf({ needs = [] }: Kind, seed: number, lacks: ReadonlySet<Need>): Flavour {
  if (needs.includes('wallClock') || needs.includes('smallDisk')) return 'special';
  if (needs.includes('mosquitto')) return 'mosquitto';
  return !lacks.has('mosquitto') && roll(seed, 'broker') < 0.5 ? 'mosquitto' : 'embedded';
}

export async function runCampaign(options: CampaignOptions): Promise<void> {
  const planned = planOf(options);
  let arena: Arena | null = null;
  let [flavour, used]: [Flavour | null, number] = [null, 0];
  try {
    for (const [index, one] of planned.entries()) {
      if (options.stopped()) return;
      if (arena && (flavour !== one.flavour || used >= RUNS_PER_CLUSTER)) {
        await arena.stop(options.keep);
        arena = null;
      }
      if (!arena) {
        arena = await startArena(options, one.flavour);
        [flavour, used] = [one.flavour, 0];
      }
      used++;
      const result = await play(arena, one, index, options.holdMs);
      if (result.folder !== null) {
        writeFileSync(join(result.folder, 'run.json'), `${JSON.stringify(result, null, 2)}\n`);
        await arena.stop(true);
        arena = null;
      }
      options.onRun(result);
    }
  } finally {
    await arena?.stop(options.keep);
  }
}

async function startArena(options: CampaignOptions, flavour: Flavour): Promise<Arena> {
  const { lacks, oneCluster } = options;
  const special = flavour === 'special';
  const arenaOptions: ArenaOptions = {
    directory: mkdtempSync(join(tmpdir(), 'ek-chaos-')), // short: sockets lie in it
    nodes: options.nodes,
    broker: flavour === 'mosquitto' || (oneCluster && !lacks.has('mosquitto')) ? 'mosquitto' : 'embedded',
    cuts: !lacks.has('cuts'),
    wallClock: special && !lacks.has('wallClock'),
    smallDisk: special && !lacks.has('smallDisk'),
  };
  options.onNote(
    `a fresh cluster of ${options.nodes} nodes (${arenaOptions.broker} broker) in ${arenaOptions.directory}`,
  );
  const arena = await Arena.start(arenaOptions);
  try {
    await arena.settle(FIRST_SETTLE_MS);
    return arena;
  } catch (error) {
    await arena.stop(true);
    throw error;
  }
}

async function play(
  arena: Arena,
  { seed, kind, flavour }: Planned,
  index: number,
  holdMs: number | null,
): Promise<RunResult> {
  const began = performance.now();
  const run = new Run(arena, seed, holdMs);
  let isWell = false;
  try {
    await kind.play(run);
    await arena.settle(SETTLE_MS);
    isWell = true;
  } catch (error) {
    run.violations.push((error as Error).message);
  }
  const judgement = await run.judge(isWell).finally(() => run.close());
  const { violations, story, failovers, crashMs } = run;
  return {
    run: index + 1,
    seed,
    kind: kind.name,
    cluster: flavour,
    ...{ story, failovers, crashMs },
    ...judgement,
    violations,
    tookMs: Math.round(performance.now() - began),
    folder: violations.length > 0 ? arena.options.directory : null,
  };
}
