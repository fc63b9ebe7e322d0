import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import type { CoordinatorConfig } from './config.ts';
import type { Effect } from './core/effects.ts';
import { createApi } from './shell/api.ts';
import { type Broker, startBroker } from './shell/broker.ts';
import { EventStream } from './shell/event-stream.ts';
import { startHttp } from './shell/http.ts';
import { Ingest } from './shell/ingest.ts';
import { type Link, openLink } from './shell/link.ts';
import { openPower } from './shell/power.ts';
import { createStatePublisher } from './shell/published-state.ts';
import { Runtime } from './shell/runtime.ts';
import { openSolver } from './shell/solver-client.ts';
import { openSqliteStore } from './store/sqlite.ts';

export interface RunningCoordinator {
  readonly httpUrl: string;
  readonly mqttUrl: string;
  readonly socket: string;
  stop(): Promise<void>;
  /** How many turns the loop has made: events decided, stored and acted upon. */
  turns(): number;
}

const TICK_MS = 100;
const PUBLISH_MS = 500;

/** The coordinator, wired up: broker, store, loop, solver, BMCs and HTTP. Throws OperatingError when one cannot be had. */
export async function runCoordinator(config: CoordinatorConfig): Promise<RunningCoordinator> {
  const log = pino({ name: 'coordinator', level: config.log.level }, pino.destination({ dest: 2, sync: false }));
  mkdirSync(config.stateDir, { recursive: true, mode: 0o700 });
  const store = openSqliteStore(join(config.stateDir, 'evenkeel.db'));
  const opened: (() => Promise<unknown> | unknown)[] = [() => store.close()];
  const stop = async () => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  try {
    const broker = 'url' in config.mqtt ? null : await startBroker(config.mqtt.host, config.mqtt.port);
    if (broker) opened.push(() => broker.close());
    return await wire(config, log, store, broker, opened, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function wire(
  config: CoordinatorConfig,
  log: pino.Logger,
  store: ReturnType<typeof openSqliteStore>,
  broker: Broker | null,
  opened: (() => Promise<unknown> | unknown)[],
  stop: () => Promise<void>,
): Promise<RunningCoordinator> {
  const solver = openSolver();
  opened.push(() => solver.close());
  const power = openPower(
    config.bmc,
    join(config.stateDir, 'bmc'),
    (node) => runtime.state.nodes.get(node)?.record.server,
  );
  let link: Link | null = null;

  const perform = (effect: Effect): void => {
    switch (effect.kind) {
      case 'assign':
        link?.sendAssignment(effect.assignment);
        return;
      case 'grant':
        link?.sendLease(effect.lease);
        return;
      case 'request':
        link?.sendRequest(effect.request);
        return;
      case 'solve': {
        const { solve } = effect;
        solver.solve(effect.problem, { seed: effect.seed, budget: { steps: effect.steps } }).then(
          ({ solution, tookMs }) => runtime.feed({ kind: 'solved', solve, solution, error: null, tookMs }),
          (error: Error) => runtime.feed({ kind: 'solved', solve, solution: null, error: error.message, tookMs: 0 }),
        );
        return;
      }
      case 'survey': {
        const { survey } = effect;
        solver.survey(effect.problem).then(
          (result) => runtime.feed({ kind: 'surveyed', survey, result }),
          (error: Error) => {
            log.error({ code: 'SOLVER_FAILED', err: error }, 'the survey of losses failed');
            runtime.feed({ kind: 'surveyed', survey, result: null });
          },
        );
        return;
      }
      case 'queryPower': {
        const { node, query } = effect;
        void power.query(node).then((answer) => runtime.feed({ kind: 'powerAnswered', node, query, ...answer }));
        return;
      }
      case 'powerOff': {
        const { node, query } = effect;
        void power.off(node).then((answer) => runtime.feed({ kind: 'powerOffAnswered', node, query, ...answer }));
        return;
      }
      case 'cancelSolve': // the answer to an overtaken question is not taken
      case 'persist':
      case 'record':
      case 'reply':
        return;
    }
  };

  const { recordEvents } = config;
  const runtime = new Runtime({
    cluster: config.cluster,
    settings: config.settings,
    store,
    log,
    perform,
    ...(recordEvents ? { record: (event) => appendFileSync(recordEvents, `${JSON.stringify(event)}\n`) } : {}),
  });

  const url = broker?.url ?? ('url' in config.mqtt ? config.mqtt.url : '');
  const ingest = new Ingest(config.cluster, log);
  const connected = openLink({
    url,
    credentials: broker?.credentials ?? null,
    cluster: config.cluster,
    log,
    onMessage: (topic, payload) => {
      const happening = ingest.take(topic, payload, performance.now());
      if (happening) runtime.feed(happening);
    },
    onListening: (deaf, detail) => runtime.feed({ kind: 'listened', deaf, detail }),
  });
  link = connected;
  opened.push(() => connected.close());

  const stream = new EventStream(
    () => runtime.version,
    () => runtime.view(),
  );
  opened.push(() => stream.close());
  runtime.onJournal((entries) => stream.journal(entries));

  const publish = createStatePublisher(connected);
  let turns = 0;
  const tick = setInterval(() => {
    runtime.feed({ kind: 'ticked' });
    turns++;
  }, TICK_MS);
  const publishing = setInterval(() => publish(runtime.view()), PUBLISH_MS);
  opened.push(() => {
    clearInterval(tick);
    clearInterval(publishing);
  });

  const http = await startHttp({
    ...config.http,
    log,
    handle: createApi({
      runtime,
      store,
      solver,
      stream,
      dashboard: dashboardFolder(),
      counters: () => ({
        received: ingest.received,
        refused: ingest.refused,
        term: runtime.state.term,
        solves: runtime.state.solves,
      }),
    }),
  });
  opened.push(() => http.close());
  log.info({ http: http.url, mqtt: url, term: runtime.state.term }, 'the coordinator runs');
  return { httpUrl: http.url, mqttUrl: url, socket: http.socket, stop, turns: () => turns };
}

/** The built page lies beside the bundle; when run from source, in dist/. */
function dashboardFolder(): string {
  const beside = fileURLToPath(new URL('./dashboard', import.meta.url));
  return import.meta.url.endsWith('.ts') || !existsSync(beside)
    ? fileURLToPath(new URL('../dist/dashboard', import.meta.url))
    : beside;
}
