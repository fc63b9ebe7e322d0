import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Bmc, BmcIdentity } from '../hw/bmc.ts';
import { machineBoot, monotonicMs } from '../protocol/clock.ts';
import type { InstanceId } from '../protocol/ids.ts';
import { Assignment, type NodeEvent, Request } from '../protocol/messages.ts';
import { MAX_ASSIGNMENT_BYTES, parsePayload } from '../protocol/parse.ts';
import type { Reading } from '../protocol/reading.ts';
import { Receipt } from '../protocol/samples.ts';
import { mayObey } from '../protocol/store-id.ts';
import { downTopic, upTopic } from '../protocol/topics.ts';
import { findInstances } from './adopt.ts';
import { type BmcLoop, startBmcLoop } from './bmc-loop.ts';
import type { AgentConfig } from './config.ts';
import { isDiskFull } from './durable-file.ts';
import { environmentFor } from './environment.ts';
import { GuardKeeper } from './guard-process.ts';
import { type Hardware, thisMachine } from './hardware.ts';
import type { FromHeartbeat } from './heartbeat-messages.ts';
import { HeartbeatThread } from './heartbeat-thread.ts';
import { beginBoot, saveFacts, tokenPrefix } from './identity.ts';
import { adoptedState } from './initial-state.ts';
import { knownMachine, type Machine, rememberMachine } from './known-machine.ts';
import { openLink } from './link.ts';
import { lockStateDir } from './lock.ts';
import { openLog, rarely } from './log.ts';
import { rotateLog } from './log-rotation.ts';
import { Probes } from './probes.ts';
import { ProcessDriver } from './process-driver.ts';
import { trySignal } from './process-group.ts';
import { Publisher } from './publisher.ts';
import { mayStillStart } from './reconcile.ts';
import { selfTest } from './self-test.ts';
import { identifySelf, type Self } from './server-identity.ts';
import { Spool } from './spool.ts';
import type { AgentState, Effect, Event, Measurement, SlotKey } from './state.ts';
import { needsGuard, nextDueMs, step } from './step.ts';
import { Telemetry } from './telemetry.ts';
import { UsageMeter } from './usage.ts';

const AGENT_VERSION = '0.1.0';
const LOG_LOOK_MS = 500; // and with a heartbeat
const INTRODUCE_AGAIN_MS = 5000;
const IDENTIFY_AGAIN_MS = 60_000;
/** Where nothing runs and nothing changes there is a report all the same. */
const REPORT_ANYWAY_MS = 60_000;
/** A log line of one kind about messages that are not obeyed, at most this often. */
const COMPLAIN_MS = 10_000;

export interface RunningAgent {
  readonly bootId: number;
  /** Ends the agent and leaves what runs running: the next agent adopts it. */
  readonly stop: () => Promise<void>;
  /** Sends an event through the whole agent, and says what its parts have done until now. */
  readonly progress: () => { readonly steps: number; readonly beats: number };
}

type Timed<E> = E extends Event ? Omit<E, 'atMs'> : never;

/** The shell around step(): feeds it what happens and does what it says. Throws CONFLICT when the state directory is in use. */
export async function runAgent(config: AgentConfig, hardware: Hardware = thisMachine(config)): Promise<RunningAgent> {
  const { stateDir, node, cluster } = config;
  const unlock = lockStateDir(stateDir);
  const log = openLog(config.logLevel, node);
  const boot = beginBoot(config, Date.now());
  const prefix = tokenPrefix(config);
  const found = findInstances(stateDir, prefix, machineBoot());
  for (const stray of found.strays) trySignal(stray.pid, 'SIGKILL');

  let state: AgentState = adoptedState(node, boot, found.living);
  let ended = false;
  let steps = 0;
  let dueTimer: NodeJS.Timeout | null = null;

  const driver = new ProcessDriver({
    node,
    stateDir,
    portRange: config.portRange,
    tokenPrefix: prefix,
    mayStillStart: (key) => mayStillStart(state, key, monotonicMs()),
    onSpawned: (key, pid, ports) => feed({ kind: 'spawned', key, pid, ports }),
    onSpawnFailed: (key, detail, diskFull) => feed({ kind: 'spawnFailed', key, detail, diskFull }),
    onExited: (key, detail) => feed({ kind: 'exited', key, detail }),
    onVanished: (key) => feed({ kind: 'vanished', key }),
    onWriteFailed: (key, error) => writeFailed(`the record of ${key}`, error),
  });
  for (const record of found.living) driver.adopt(record);

  const probes = new Probes(
    (slot) => ({
      ports: slot.ports,
      env: environmentFor(slot.assigned, node, slot.ports, driver.files(slot.key)),
      cwd: slot.assigned.runtime.cwd,
    }),
    (key, probe, result) =>
      feed(
        result.ok
          ? { kind: 'probed', key, probe, latencyMs: result.latencyMs, detail: '' }
          : { kind: 'probed', key, probe, latencyMs: null, detail: result.detail },
      ),
  );

  const complain = rarely(COMPLAIN_MS, monotonicMs, (code, count, detail) =>
    log.warn({ code, count, detail }, 'message ignored'),
  );
  const guardSocket = join(stateDir, 'guard.sock');
  const guard = new GuardKeeper(stateDir, guardSocket, (detail) => log.error({ detail }, 'guard'));
  const heartbeats = new HeartbeatThread(
    {
      cluster,
      node,
      url: config.mqtt.url,
      bootId: boot.bootId,
      store: boot.store,
      heartbeatMs: config.heartbeatMs,
      guardSocket,
    },
    fromHeartbeat,
    (detail) => log.error({ detail }, 'the heartbeat thread failed and is started again'),
  );
  const assignmentTopic = downTopic(cluster, node, 'assignment');
  const receiptTopic = downTopic(cluster, node, 'receipt');
  const link = openLink({
    turnsMs: config.heartbeatMs,
    url: config.mqtt.url,
    clientId: `evenkeel-${node}-${boot.bootId}`,
    subscribe: [
      { topic: assignmentTopic, qos: 1 },
      { topic: downTopic(cluster, node, 'request'), qos: 1 },
      { topic: receiptTopic, qos: 0 },
    ],
    onUp: () => {
      log.info({ url: config.mqtt.url }, 'connected');
      feed({ kind: 'connected' });
    },
    onDown: (detail) => {
      log.warn({ code: 'BROKER_UNREACHABLE', url: config.mqtt.url, detail }, 'no broker');
      telemetry.disconnected();
    },
    onMessage: received,
  });
  const publisher = new Publisher(cluster, node, link, () => state);
  const spool = new Spool(
    {
      ...config.spool,
      dir: join(stateDir, 'spool'),
      ownStream: boot.bootId,
      machineBoot: machineBoot(),
      bootWallMs: Date.now() - monotonicMs(),
      onProblem: (code, detail) => {
        log.error({ code, detail }, 'the spool of samples');
        note(code === 'SPOOL_CORRUPT' ? 'state-corrupt' : 'disk-full', null, detail);
      },
    },
    monotonicMs(),
  );
  const telemetry = new Telemetry({
    bootId: boot.bootId,
    machineBoot: machineBoot(),
    rules: config.deadbands,
    spool,
    isUp: link.up,
    send: (kind, payload) => void link.publish(upTopic(cluster, node, kind), payload, kind === 'names' ? 1 : 0),
    newestReport: () => publisher.newestReport(),
    monotonicMs,
    wallMs: Date.now,
  });

  function feed(event: Timed<Event>): void {
    if (ended) return;
    const [next, effects] = step(state, { ...event, atMs: monotonicMs() } as Event);
    state = next;
    heartbeats.obeying(state.term, state.revision, state.store);
    for (const effect of effects) perform(effect);
    probes.follow(state);
    heartbeats.wantGuard(needsGuard(state));
    if (dueTimer) clearTimeout(dueTimer);
    const due = nextDueMs(state) - monotonicMs();
    // timers hold 2^31 ms at most; what is due already and could not be done (no lease) is looked at again later
    dueTimer = Number.isFinite(due)
      ? setTimeout(() => feed({ kind: 'ticked' }), Math.min(Math.max(due, 50), 60_000))
      : null;
    steps++;
  }

  function perform(effect: Effect): void {
    switch (effect.kind) {
      case 'persistTerm':
        try {
          saveFacts(stateDir, { cluster, bootId: boot.bootId, term: effect.term, store: state.store });
        } catch (error) {
          // Obeyed all the same: within this boot the term is remembered, and no assignment outlives a boot.
          writeFailed('the term', error);
        }
        return;
      case 'launch':
        void driver.launch(effect.key, effect.assigned);
        return;
      case 'remember':
        return driver.remember(effect.key, effect.assigned, effect.ready);
      case 'tellRole':
        return tellRole(effect);
      case 'terminate':
        return driver.terminate(effect.key);
      case 'kill':
        return driver.kill(effect.key);
      case 'forget':
        return driver.forget(effect.key);
      case 'hello':
        void publisher.hello().then((sent) => {
          if (!sent) return;
          heartbeats.beat(); // the sooner it is known, the sooner its lease
          publisher.report(null); // what ended meanwhile is confirmed by a report alone
          telemetry.connected();
        });
        return;
      case 'report':
        return publisher.reportSoon();
      case 'note':
        return note(effect.note, effect.instance, effect.detail);
    }
  }

  function tellRole({ key, assigned }: Effect & { kind: 'tellRole' }): void {
    let event: Timed<Event>;
    try {
      driver.tellRole(key, assigned);
      event = { kind: 'roleTold', key, role: assigned.role };
    } catch (error) {
      const detail = `role ${assigned.role} could not be told: ${(error as Error).message}`;
      event = { kind: 'roleFailed', key, detail, diskFull: isDiskFull(error) };
    }
    // not within the step that asked for it; a failed one is told again, at leisure
    setTimeout(() => feed(event), event.kind === 'roleTold' ? 0 : 200);
  }

  function note(kind: NodeEvent['kind'], instance: InstanceId | null, detail: string, part?: NodeEvent['part']): void {
    log.info({ kind, instance, detail }, 'noted');
    publisher.note(kind, instance, detail, part);
  }
  const noteFull = rarely(60_000, monotonicMs, (what, _count, detail) =>
    note('disk-full', null, `cannot write ${what}: ${detail}`),
  );
  function writeFailed(what: string, error: unknown): void {
    log.error({ what, detail: (error as Error).message }, 'cannot write');
    if (isDiskFull(error)) noteFull(what, (error as Error).message);
  }

  const isForUs = (said: Receipt | Request) =>
    said.node === node && said.term >= state.term && mayObey(state.store, said.store);
  function received(topic: string, payload: Uint8Array): void {
    if (topic === assignmentTopic) {
      const parsed = parsePayload(Assignment, payload, MAX_ASSIGNMENT_BYTES);
      if (parsed.ok) feed({ kind: 'assigned', assignment: parsed.value });
      else complain(parsed.code, `assignment: ${parsed.detail}`);
      return;
    }
    if (topic === receiptTopic) {
      const parsed = parsePayload(Receipt, payload);
      if (!parsed.ok) complain(parsed.code, `receipt: ${parsed.detail}`);
      else if (isForUs(parsed.value)) telemetry.received(parsed.value);
      return;
    }
    const parsed = parsePayload(Request, payload);
    if (parsed.ok && isForUs(parsed.value)) telemetry.requested(parsed.value);
    if (parsed.ok) feed({ kind: 'requested', request: parsed.value });
    else complain(parsed.code, `request: ${parsed.detail}`);
  }

  function fromHeartbeat(message: FromHeartbeat): void {
    if (ended) return;
    pulse();
    switch (message.kind) {
      case 'leased':
        return feed({ kind: 'leased', lease: message.lease, untilMs: message.untilMs });
      case 'guardHeld':
        return feed({ kind: 'guarded', held: true, untilMs: message.untilMs });
      case 'guardMissing':
        if (!needsGuard(state)) return;
        feed({ kind: 'guarded', held: false, untilMs: 0 });
        return guard.start(state.leaseUntilMs ?? 0);
      case 'ignored':
        return complain(message.code, message.detail);
      case 'link':
        if (!message.up) log.debug({ detail: message.detail }, 'the heartbeat has no broker');
        return;
      case 'pulse':
      case 'stopped':
        return;
    }
  }

  const test = selfTest(config);
  note(test.passed ? 'self-test-passed' : 'self-test-failed', null, test.detail);
  for (const problem of boot.problems) note(problem.kind, null, problem.detail);
  for (const detail of found.corrupt) note('state-corrupt', null, detail);
  for (const { assigned } of found.living)
    note('adopted', assigned.instance, `${assigned.instance} runs on from an earlier agent`);
  feed({ kind: 'ticked' });

  const meter = new UsageMeter(config.sysroot);
  let bmcLoop: BmcLoop | null = null;
  let sensors: Awaited<ReturnType<Hardware['sensors']>> | null = null;
  let reading = false;
  let lastReadings: readonly Reading[] = [];
  /** One full report: what the machine and each instance use now. */
  async function cycle(): Promise<void> {
    if (reading || ended) return; // a sensor that hangs holds up the next readings, and nothing else
    reading = true;
    try {
      const now = monotonicMs();
      const marks = new Map<SlotKey, NonNullable<ReturnType<typeof driver.mark>>>();
      for (const key of state.slots.keys()) {
        const mark = driver.mark(key);
        if (mark) marks.set(key, mark);
      }
      const measurements = new Map<SlotKey, Measurement>();
      for (const [key, used] of meter.measure(marks, now)) measurements.set(key, { ...used, value: driver.value(key) });
      feed({ kind: 'measured', measurements });
      const measured = sensors ? await sensors.read(now) : null;
      const readings: Reading[] = [...(measured?.readings ?? []), ...(bmcLoop?.readings() ?? [])];
      if (state.slots.size > 0 || now - publisher.reportedAtMs > REPORT_ANYWAY_MS)
        publisher.report(measured?.usage ?? null);
      if (measured) telemetry.cycle({ readings, usage: measured.usage, atMs: monotonicMs() });
      lastReadings = readings;
    } catch (error) {
      log.warn({ code: 'SENSOR_UNAVAILABLE', detail: (error as Error).message }, 'no readings in this cycle');
      publisher.report(null);
      lastReadings = [];
    } finally {
      reading = false;
    }
  }

  let logsLookedAtMs = Number.NEGATIVE_INFINITY;
  /** With each heartbeat: this thread is awake then, and what has a timer of its own wakes it once more. */
  function pulse(): void {
    link.turn();
    if (monotonicMs() - logsLookedAtMs < LOG_LOOK_MS) return;
    logsLookedAtMs = monotonicMs();
    rotateLogs();
  }

  function rotateLogs(): void {
    for (const slot of state.slots.values()) {
      try {
        rotateLog(driver.logPath(slot.assigned), slot.assigned.runtime.log);
      } catch (error) {
        writeFailed(`the log of ${slot.key}`, error);
      }
    }
  }

  /** Who we are takes a while to find out, and instances are looked after meanwhile. */
  async function introduce(): Promise<void> {
    const loading = hardware.sensors(); // meanwhile
    loading.catch(() => {}); // told where it is waited for
    const bmc = await hardware.bmc();
    const known = knownMachine(stateDir, machineBoot());
    let { inventory, server } = known ?? (await looked());
    let said: Self | null = null;
    const introduceWith = (self: Self) => {
      if (ended) return;
      said = self;
      const { serial, inBand } = self;
      publisher.introduce({
        agentVersion: AGENT_VERSION,
        machineBoot: machineBoot(),
        server: { ...server, serial, ...(inBand === null ? {} : { inBand }) },
        inventory,
        capacity: { cpu: inventory.cpuCores * 1000, memory: inventory.memoryBytes, ...config.capacity },
        domain: config.domain,
        labels: config.labels,
      });
      if (link.up()) feed({ kind: 'connected' });
    };
    const identity = async (asked: Bmc | null) => (await hardware.identity?.(asked)) ?? null;
    const self = await identifySelf(stateDir, server.serial, bmc, identity, introduceWith);
    if (ended) return;
    introduceWith(self);
    if (bmc && self.inBand === null) identifyLater(bmc, (inBand) => introduceWith({ ...(said ?? self), inBand }));
    if (bmc) bmcLoop ??= startBmcLoop(bmc, config.reportMs, (kind, detail, part) => note(kind, null, detail, part));
    sensors = await loading;
    await cycle();
    if (known === null) return;
    const now = await looked();
    if (isDeepStrictEqual(now, known)) return;
    ({ inventory, server } = now);
    if (server.serial === known.server.serial) introduceWith(said ?? self);
    else await introduce();
  }
  async function looked(): Promise<Machine> {
    const machine = await hardware.inventory();
    rememberMachine(stateDir, machineBoot(), machine);
    return machine;
  }
  let introduction: NodeJS.Timeout | null = null;
  /** A BMC that is silent at the start says later whose it is: before that it cannot be used for fencing. */
  function identifyLater(bmc: Bmc, found: (identity: BmcIdentity) => void): void {
    introduction = setTimeout(async () => {
      introduction = null;
      const identity = (await hardware.identity?.(bmc)) ?? null;
      if (ended) return;
      if (identity !== null) found(identity);
      else identifyLater(bmc, found);
    }, IDENTIFY_AGAIN_MS);
  }
  function tryIntroduce(): void {
    introduction = null;
    introduce().catch((error: unknown) => {
      log.error({ code: 'SENSOR_UNAVAILABLE', detail: (error as Error).message }, 'this machine cannot be read yet');
      if (!ended) introduction = setTimeout(tryIntroduce, INTRODUCE_AGAIN_MS);
    });
  }
  tryIntroduce();
  const facts = () => ({
    version: AGENT_VERSION,
    isConnected: link.up(),
    instancePhases: [...state.slots.values()].map(({ phase }) => phase),
    readings: lastReadings,
  });
  // loaded when asked for: most agents serve none
  const metrics = config.metrics ? await (await import('./serve-metrics.ts')).serveMetrics(config, log, facts) : null;
  const cycles = setInterval(() => void cycle(), config.reportMs);

  async function stop(): Promise<void> {
    if (ended) return;
    publisher.note('agent-stopping', null, 'the agent was told to stop; its instances run on');
    await publisher.end();
    ended = true;
    clearInterval(cycles);
    if (dueTimer) clearTimeout(dueTimer);
    if (introduction) clearTimeout(introduction);
    telemetry.end();
    probes.end();
    await metrics?.close();
    driver.release();
    await Promise.all([heartbeats.end(), link.close(), bmcLoop?.end()]);
    unlock();
  }
  function progress(): { steps: number; beats: number } {
    const done = { steps, beats: heartbeats.turns() };
    feed({ kind: 'ticked' });
    return done;
  }
  return { bootId: boot.bootId, stop, progress };
}
