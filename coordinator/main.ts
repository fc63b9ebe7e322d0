import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { machineBoot } from '../protocol/clock.ts';
import { OperatingError } from '../protocol/errors.ts';
import type { NodeName } from '../protocol/ids.ts';
import { startMetricsServer } from '../protocol/metrics-server.ts';
import type { Presence } from '../protocol/presence.ts';
import type { CoordinatorConfig } from './config.ts';
import type { Effect } from './core/effects.ts';
import { presenceOf } from './core/other-coordinators.ts';
import { sampleCounts } from './core/samples.ts';
import type { State } from './core/state.ts';
import { openDashboards } from './dashboards/connection.ts';
import { metricsAt } from './dashboards/metrics.ts';
import { openTopics, pressButton } from './dashboards/press-button.ts';
import { openSparkplug } from './dashboards/sparkplug/connection.ts';
import { edgeNodeOf } from './dashboards/sparkplug/names.ts';
import { clusterState } from './dashboards/state-topics.ts';
import { makeSureAlone } from './shell/alone.ts';
import { createApi } from './shell/api.ts';
import { openBackupSchedule } from './shell/backup-schedule.ts';
import { type Broker, startBroker } from './shell/broker.ts';
import { Caretaker, createCaretakerApi } from './shell/caretaker.ts';
import { EventStream } from './shell/event-stream.ts';
import { startHttp } from './shell/http.ts';
import { Ingest } from './shell/ingest.ts';
import { type Link, type LinkOptions, openLink } from './shell/link.ts';
import { openPower } from './shell/power.ts';
import { Runtime } from './shell/runtime.ts';
import { openSolver } from './shell/solver-client.ts';
import { storeFile } from './store/files.ts';
import { identified } from './store/identity.ts';
import { openSqliteStore } from './store/sqlite.ts';
import type { Store } from './store/store.ts';

export interface RunningCoordinator {
  readonly httpUrl: string;
  readonly mqttUrl: string;
  readonly socket: string;
  stop(): Promise<void>;
  /** How many turns the loop has made: events decided, stored and acted upon. */
  turns(): number;
}

const TICK_MS = 100;
/** One write to the store for all samples that came since. */
const TALLY_MS = 2000;
/** Between two times that a damaged store is told of over MQTT. */
const CARETAKER_MS = 1000;

/** The coordinator, wired up: broker, store, loop, solver, BMCs and HTTP. Throws OperatingError when one cannot be had. */
export async function runCoordinator(config: CoordinatorConfig): Promise<RunningCoordinator> {
  const log = pino({ name: 'coordinator', level: config.log.level }, pino.destination({ dest: 2, sync: false }));
  mkdirSync(config.stateDir, { recursive: true, mode: 0o700 });
  const store = openOrDamage(storeFile(config.stateDir));
  const opened: (() => Promise<unknown> | unknown)[] = [];
  if (!(store instanceof OperatingError)) opened.push(() => store.close());
  const stop = async () => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  try {
    const broker =
      'url' in config.mqtt ? null : await startBroker(config.mqtt.host, config.mqtt.port, openTopics(config));
    if (broker) opened.push(() => broker.close());
    if (store instanceof OperatingError) return await wireCaretaker(config, log, store, broker, opened, stop);
    return await wire(config, log, store, broker, opened, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Damage is no reason to end: what runs needs its leases. */
function openOrDamage(file: string): Store | OperatingError {
  try {
    return openSqliteStore(file);
  } catch (error) {
    if (error instanceof OperatingError && error.code === 'STORE_CORRUPT') return error;
    throw error;
  }
}

async function wire(
  config: CoordinatorConfig,
  log: pino.Logger,
  store: Store,
  broker: Broker | null,
  opened: (() => Promise<unknown> | unknown)[],
  stop: () => Promise<void>,
): Promise<RunningCoordinator> {
  const run = randomUUID();
  const durable = identified(store, store.load(), Date.now());
  const { stores } = durable.identity;
  const term = (durable.meta?.term ?? 0) + 1;
  const starting: Presence = { v: 1, phase: 'starting', run, stores: [...stores], term };
  // nobody else may speak for a coordinator on a broker of our own
  if ('url' in config.mqtt) await makeSureAlone({ ...config.mqtt, cluster: config.cluster, self: starting, log });
  const solver = openSolver();
  opened.push(() => solver.close());
  const power = openPower(
    config.bmc,
    join(config.stateDir, 'bmc'),
    (node) => runtime.state.nodes.get(node)?.record.server,
  );
  opened.push(() => power.close());
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
      case 'acknowledge':
        link?.sendReceipt(effect.receipt);
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
      case 'powerOn': {
        const { node, query } = effect;
        void power.on(node).then((answer) => runtime.feed({ kind: 'powerOnAnswered', node, query, ...answer }));
        break;
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
    run,
    settings: config.settings,
    store,
    durable,
    log,
    perform,
    ...(recordEvents ? { record: (event) => appendFileSync(recordEvents, `${JSON.stringify(event)}\n`) } : {}),
  });

  const {
    url,
    ingest,
    link: connected,
  } = listen(
    config,
    log,
    broker,
    (happening) => runtime.feed(happening),
    (deaf, detail) => runtime.feed({ kind: 'listened', deaf, detail }),
    { presence: () => presenceOf(runtime.state), onOther: (said) => runtime.feed({ kind: 'otherHeard', said }) },
  );
  link = connected;
  opened.push(() => connected.close());

  const stream = new EventStream(
    () => runtime.version,
    () => runtime.view(),
  );
  opened.push(() => stream.close());
  runtime.onJournal((entries) => stream.journal(entries));

  const dashboards = openDashboards({
    url,
    credentials: broker?.credentials ?? null,
    cluster: config.cluster,
    log,
    readingsMs: config.dashboards.readingsMs,
    homeAssistant: config.homeAssistant,
    version: () => runtime.version,
    view: () => runtime.view(),
    press: (node, action) => pressButton(runtime, node, action),
  });
  opened.push(() => dashboards.close());
  const sparkplug =
    config.sparkplug === undefined
      ? null
      : openSparkplug({
          url,
          credentials: broker?.credentials ?? null,
          protocolVersion: config.sparkplug.mqttVersion === 5 ? 5 : 4,
          name: edgeNodeOf(config.cluster, config.sparkplug),
          primaryHost: config.sparkplug.primaryHost ?? null,
          stateDir: config.stateDir,
          log,
          readingsMs: config.dashboards.readingsMs,
          version: () => runtime.version,
          view: () => runtime.view(),
        });
  opened.push(() => sparkplug?.close());
  let turns = 0;
  let isAbandoned = false;
  const tick = setInterval(() => {
    runtime.feed({ kind: 'ticked' });
    turns++;
    if (runtime.state.deposed === null || isAbandoned) return;
    const { deposed: leads, term } = runtime.state;
    log.error(
      { code: 'CLUSTER_TAKEN', leads, term },
      'another coordinator with this store leads: this one decides nothing any more',
    );
    isAbandoned = true; // what people and agents read is the other one's to say
    connected.silence();
    void dashboards.abandon();
  }, TICK_MS);
  opened.push(() => clearInterval(tick));
  const tally = setInterval(() => runtime.feed({ kind: 'tallied', wallMs: Date.now() }), TALLY_MS);
  opened.push(() => clearInterval(tally));

  const backups = openBackupSchedule({
    store,
    runtime,
    log,
    everyMs: config.store.backupMs,
    keep: config.store.backups,
  });
  opened.push(() => backups.close());

  const counters = () => ({
    received: ingest.received,
    refused: ingest.refused,
    samples: sampleCounts(runtime.state),
    term: runtime.state.term,
    solves: runtime.state.solves,
    isBrokerHeard: runtime.state.deaf === null,
    isStoreWritable: runtime.storeError === null,
    dashboards: dashboards.counters,
    ...(sparkplug && { sparkplug: sparkplug.counters }),
  });
  const metrics = (path: string) => metricsAt(path, () => runtime.view(), counters);
  if (config.metrics) {
    const server = await startMetricsServer(config.metrics.host, config.metrics.port, metrics);
    opened.push(() => server.close());
    log.info({ url: server.url }, 'metrics are served');
  }
  const http = await startHttp({
    ...config.http,
    log,
    handle: createApi({
      runtime,
      store,
      backups,
      solver,
      stream,
      dashboard: dashboardFolder(),
      counters,
      metrics,
      ownNodes: (state) => ownNodes(state, config),
    }),
  });
  opened.push(() => http.close());
  log.info({ http: http.url, mqtt: url, term: runtime.state.term }, 'the coordinator runs');
  return { httpUrl: http.url, mqttUrl: url, socket: http.socket, stop, turns: () => turns };
}

/** The link to the broker: what agents say is checked where it arrives, and fed. */
function listen(
  { cluster, mqtt }: CoordinatorConfig,
  log: pino.Logger,
  broker: Broker | null,
  feed: (happening: NonNullable<ReturnType<Ingest['take']>>) => void,
  onListening: (deaf: boolean, detail: string) => void,
  others: Pick<LinkOptions, 'presence' | 'onOther'>,
) {
  const url = broker?.url ?? ('url' in mqtt ? mqtt.url : '');
  const ingest = new Ingest(cluster, log);
  const link = openLink({
    url,
    credentials: broker?.credentials ?? null,
    cluster,
    log,
    onMessage: (topic, payload) => {
      const happening = ingest.take(topic, payload, performance.now());
      if (happening) feed(happening);
    },
    onListening,
    ...others,
  });
  return { url, ingest, link };
}

async function wireCaretaker(
  config: CoordinatorConfig,
  log: pino.Logger,
  damage: OperatingError,
  broker: Broker | null,
  opened: (() => Promise<unknown> | unknown)[],
  stop: () => Promise<void>,
): Promise<RunningCoordinator> {
  let link: Link | null = null;
  const { cluster } = config;
  const self: Presence = { v: 1, phase: 'caretaking', run: randomUUID(), stores: [], term: 0 };
  if ('url' in config.mqtt) await makeSureAlone({ ...config.mqtt, cluster, self, log });
  const caretaker = new Caretaker({ cluster, leaseMs: config.settings.leaseMs, damage, log, link: () => link });
  const nobodysSilenceCounts = () => {};
  const { url, link: connected } = listen(config, log, broker, (one) => caretaker.feed(one), nobodysSilenceCounts, {
    presence: () => self,
    onOther: (said) => caretaker.otherHeard(said),
  });
  link = connected;
  opened.push(() => connected.close());
  const stream = new EventStream(
    () => caretaker.version,
    () => caretaker.view(),
  );
  opened.push(() => stream.close());
  let turns = 0;
  const publishing = setInterval(() => {
    connected.sendClusterState(clusterState(caretaker.view()));
    turns++;
  }, CARETAKER_MS);
  opened.push(() => clearInterval(publishing));
  const handle = createCaretakerApi(caretaker, stream, dashboardFolder(), damage);
  const http = await startHttp({ ...config.http, log, handle });
  opened.push(() => http.close());
  return { httpUrl: http.url, mqttUrl: url, socket: http.socket, stop, turns: () => turns };
}

/** The built page lies beside the bundle; when run from source, in dist/. */
function dashboardFolder(): string {
  const beside = fileURLToPath(new URL('./dashboard', import.meta.url));
  return import.meta.url.endsWith('.ts') || !existsSync(beside)
    ? fileURLToPath(new URL('../dist/dashboard', import.meta.url))
    : beside;
}

/** Nodes on this very machine with a BMC, unless it is a mock one: many of those share a machine. */
function ownNodes(state: State, { bmc }: CoordinatorConfig): NodeName[] {
  const own = machineBoot();
  return [...state.nodes.values()].flatMap(({ record: { node, machineBoot: itsBoot } }) => {
    const kind = (bmc[node] ?? bmc['*'])?.kind;
    return itsBoot === own && kind !== undefined && kind !== 'mock' ? [node] : [];
  });
}
