import { join } from 'node:path';
import { OperatingError } from '../../protocol/errors.ts';
import { tailOf } from '../own-program.ts';
import { bold, dim, print, say } from '../terminal.ts';
import { initialState } from './scenarios/7a-initial-state.ts';
import { nodeFails } from './scenarios/7b-node-fails.ts';
import { redundancyRestored } from './scenarios/7c-redundancy.ts';
import { addNode } from './scenarios/7d-add-node.ts';
import { applianceInitialState } from './scenarios/8a-appliance.ts';
import { migrateForPerformance } from './scenarios/8b-performance.ts';
import { failingServer } from './scenarios/8c-failing-server.ts';
import { replaceServer } from './scenarios/8d-replace-server.ts';
import { humanScreen, jsonScreen, type Outcome, type Screen } from './screen.ts';
import { type Session, startSession } from './session.ts';
import { type Scenario, ScenarioFailure, Stage } from './stage.ts';
import { Timeline } from './timeline.ts';

export const SCENARIOS: readonly Scenario[] = [
  initialState,
  nodeFails,
  redundancyRestored,
  addNode,
  applianceInitialState,
  migrateForPerformance,
  failingServer,
  replaceServer,
];
export const SCENARIO_NAMES = [...SCENARIOS.map(({ name }) => name), 'all'] as const;

export interface DemoOptions {
  /** One JSON document per scenario on standard output, and nothing else there. */
  readonly json: boolean;
  /** 7b: the node hangs instead of losing its power. */
  readonly hang: boolean;
  /** Leave the last cluster running until Ctrl-C. */
  readonly keep: boolean;
}

interface Play {
  readonly scenario: Scenario;
  readonly hang: boolean;
}

/** Plays the named scenarios on real processes. Returns the exit code: 0 when all of them held, 1 when one did not. */
export async function runDemo(names: string[], options: DemoOptions): Promise<number> {
  const plays = choose(names, options.hang);
  const screen = options.json ? jsonScreen() : humanScreen();
  const started = performance.now();
  let session: Session | null = null;
  let held = 0;
  let interrupted = false;
  const onSignal = () => {
    if (interrupted) process.exit(130); // a second time: at once; the rack's reaper ends what is left
    interrupted = true;
    say('stopping the cluster …');
    void (session?.stop({ keepFiles: false }) ?? Promise.resolve()).finally(() => process.exit(130));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    for (const play of plays) {
      if (!session || !fits(session, play)) {
        await session?.stop({ keepFiles: false });
        session = null;
        screen.note('');
        screen.note('a fresh cluster: coordinator, broker, and nine servers with their BMCs and agents …');
        session = await startSession({ wellKnownPorts: !options.json, onProgress: screen.note });
        screen.note(`to watch it: ${session.cluster.httpUrl}`);
        if (!(await prepare(session, play.scenario, screen))) break;
      }
      const outcome = await playOne(session, play, screen);
      if (!outcome.ok) break; // the rest would be played on a cluster in an unknown state
      held++;
    }
    const ok = held === plays.length;
    if (!options.json) summary(held, plays.length, performance.now() - started);
    if (!ok && session) reportTrouble(session);
    if (ok && options.keep && session) {
      invite(session, options.json);
      throw new OperatingError('COORDINATOR_UNREACHABLE', await session.cluster.coordinatorFailed); // or Ctrl-C
    }
    await session?.stop({ keepFiles: !ok });
    session = null;
    return ok ? 0 : 1;
  } catch (error) {
    await session?.stop({ keepFiles: true });
    throw error;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

function choose(names: readonly string[], hang: boolean): Play[] {
  const plays = names.flatMap((name): Play[] => {
    if (name === 'all')
      return SCENARIOS.flatMap((scenario): Play[] =>
        // a frozen node is another story than one without power, played on a cluster of its own
        scenario.name === '7d'
          ? [
              { scenario, hang: false },
              { scenario: nodeFails, hang: true },
            ]
          : [{ scenario, hang: false }],
      );
    const scenario = SCENARIOS.find((one) => one.name === name.toLowerCase());
    if (!scenario)
      throw new OperatingError(
        'REQUEST_INVALID',
        `there is no scenario ${JSON.stringify(name)}; there are ${SCENARIO_NAMES.join(', ')}`,
      );
    return [{ scenario, hang }];
  });
  if (plays.length > 0) return plays;
  throw new OperatingError('REQUEST_INVALID', `say which scenario: ${SCENARIO_NAMES.join(', ')}`);
}

/** What has been played on the session's cluster is what this scenario builds on, and it has not been played itself. */
function fits(session: Session, { scenario, hang }: Play): boolean {
  if (hang || scenario.after.length === 0 || session.played.includes(scenario.name)) return false;
  return scenario.after.every((name) => session.played.includes(name));
}

/** Plays, without a word, what the scenario builds on. */
async function prepare(session: Session, scenario: Scenario, screen: Screen): Promise<boolean> {
  if (scenario.after.length > 0)
    screen.note(`preparing: ${scenario.after.map((name) => name.toUpperCase()).join(', ')} …`);
  const silent = { ...jsonScreen(), note: () => {}, outcome: () => {} };
  for (const name of scenario.after) {
    const earlier = SCENARIOS.find((one) => one.name === name);
    if (!earlier) throw new Error(`${scenario.name} builds on ${name}, which does not exist`);
    const outcome = await playOne(session, { scenario: earlier, hang: false }, silent);
    if (outcome.ok) continue;
    screen.outcome(outcome);
    return false;
  }
  return true;
}

async function playOne(session: Session, { scenario, hang }: Play, screen: Screen): Promise<Outcome> {
  const timeline = new Timeline(screen.entry);
  const stage = new Stage({ ...session, timeline, screen, hang });
  const name = hang ? `${scenario.name} --hang` : scenario.name;
  screen.title(name, hang ? `${scenario.title}, which hangs instead of going dark` : scenario.title);
  session.listen((entry) => timeline.journal(entry));
  const started = performance.now();
  let error: string | null = null;
  try {
    await scenario.run(stage);
  } catch (failure) {
    if (!(failure instanceof ScenarioFailure || failure instanceof OperatingError)) throw failure;
    error = failure.message;
    stage.markAfter();
  } finally {
    session.listen(() => {});
  }
  session.played.push(scenario.name);
  const outcome: Outcome = {
    scenario: name,
    title: scenario.title,
    ok: error === null && stage.checks.every(({ ok }) => ok),
    durationMs: Math.round(performance.now() - started),
    checks: stage.checks,
    measured: stage.measured,
    timeline: timeline.entries,
    before: stage.before,
    after: stage.after,
    error,
  };
  screen.outcome(outcome);
  return outcome;
}

function summary(held: number, of: number, tookMs: number): void {
  print('');
  print(bold(`${held} of ${of} scenarios held, in ${(tookMs / 1000).toFixed(0)} s.`));
}

function reportTrouble(session: Session): void {
  say(`Everything that was written down is kept in ${session.directory}; the coordinator's last words:`);
  say(tailOf(join(session.directory, 'coordinator.log')));
}

function invite(session: Session, json: boolean): void {
  const { cluster } = session;
  const write = json ? say : print;
  const command = (text: string, what: string) => `  ${bold(`npx evenkeel ${text}`.padEnd(34))} ${dim(what)}`;
  const at = cluster.httpUrl.endsWith(':7400') ? '' : `--url ${cluster.httpUrl} `;
  write(`
The appliance runs on. Watch it in a browser: ${bold(cluster.httpUrl)}
${command(`${at}status`, 'how it is')}
${command(`${at}plan --fail N1`, 'what would happen, nothing is done')}
${command(`${at}explain orders`, 'why it runs where it runs')}
${command(`${at}drain N2`, 'move everything away from N2')}
${command(`${at}events`, 'what was decided, and why')}
To pull the plug of N2, and to plug it in again ("on"):
  ${bold(`curl --unix-socket ${cluster.rack.bmcSocket.replace('{node}', 'N2')} -d '{"power":"off"}' http://bmc/power`)}
Ctrl-C stops it, and everything that it started.`);
}
