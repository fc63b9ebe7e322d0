import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Aedes } from 'aedes';
import { type AgentConfig, readAgentConfig } from '../../agent/config.ts';
import { environmentOf, type Process, readProcess, scanProcesses } from '../../agent/proc.ts';
import type { InstanceId, NodeName } from '../../protocol/ids.ts';
import { AssignedInstance, Heartbeat, Hello, type InstanceReport, NodeEvent, Report } from '../../protocol/messages.ts';
import { parseUpTopic } from '../../protocol/topics.ts';
import { SampleListener } from './sample-listener.ts';

/** Waits until it holds; says what did not when it gives up. */
export async function until<T>(what: string, holds: () => T | undefined | null | false, limitMs = 20_000): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const value = holds();
    if (value !== undefined && value !== null && value !== false) return value;
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

/** A real broker, a coordinator of the simplest kind that grants leases, and one agent's folder. */
export class Stage {
  readonly dir = mkdtempSync(join(tmpdir(), 'evenkeel-agent-'));
  readonly hellos: Hello[] = [];
  readonly heartbeats: Heartbeat[] = [];
  readonly reports: Report[] = [];
  readonly events: NodeEvent[] = [];
  readonly sensors = new SampleListener((kind, message) => this.publish(kind, message));
  readonly gone: string[] = [];
  readonly invalid: string[] = [];
  term = 1;
  revision = 0;
  leaseMs = 900;
  granting = true;
  assigned: AssignedInstance[] = [];
  readonly config: AgentConfig;
  readonly #agents: ChildProcess[] = [];
  readonly #broker: Aedes;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(broker: Aedes, server: Server, sockets: Set<Socket>, change: Record<string, unknown>) {
    this.#broker = broker;
    this.#server = server;
    this.#sockets = sockets;
    const { port } = server.address() as { port: number };
    this.config = readAgentConfig(
      JSON.stringify({
        cluster: 'test',
        node: 'N1',
        mqtt: { url: `mqtt://127.0.0.1:${port}` },
        stateDir: join(this.dir, 'state'),
        reportMs: 300,
        heartbeatMs: 100,
        logLevel: 'warn',
        ...change,
      }),
      'stage',
    );
    broker.on('publish', (packet) => this.#hear(packet.topic, Buffer.from(packet.payload)));
  }

  static async open(change: Record<string, unknown> = {}): Promise<Stage> {
    const broker = await Aedes.createBroker();
    const sockets = new Set<Socket>();
    const server = createServer({ noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      broker.handle(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Stage(broker, server, sockets, change);
  }

  #hear(topic: string, payload: Buffer): void {
    const up = parseUpTopic('test' as never, topic);
    if (!up) return;
    const keep = <T>(schema: { parse: (raw: unknown) => T }, list: T[]): T => {
      const message = schema.parse(JSON.parse(payload.toString()));
      list.push(message);
      return message;
    };
    try {
      if (up.kind === 'hello') {
        keep(Hello, this.hellos);
        if (this.revision > 0) this.send();
      } else if (up.kind === 'report') keep(Report, this.reports);
      else if (up.kind === 'names') this.sensors.names(JSON.parse(payload.toString()));
      else if (up.kind === 'samples') this.sensors.samples(JSON.parse(payload.toString()), this.term);
      else if (up.kind === 'event') keep(NodeEvent, this.events);
      else if (up.kind === 'gone') this.gone.push(payload.toString());
      else this.#grant(keep(Heartbeat, this.heartbeats));
    } catch (error) {
      this.invalid.push(`${topic}: ${String(error)}`);
    }
  }

  #grant(heartbeat: Heartbeat): void {
    if (!this.granting || heartbeat.mainSilenceMs > 500) return;
    const { node, bootId, sequence, sentMs } = heartbeat;
    const lease = {
      v: 1,
      node,
      bootId,
      term: this.term,
      sequence,
      sentMs,
      leaseMs: this.leaseMs,
      revision: this.revision,
    };
    this.publish('lease', lease);
  }

  publish(kind: 'lease' | 'assignment' | 'request' | 'receipt', message: unknown): void {
    const payload = Buffer.from(
      message instanceof Uint8Array ? message : typeof message === 'string' ? message : JSON.stringify(message),
    );
    const topic = `evenkeel/v1/test/node/N1/down/${kind}`;
    this.#broker.publish(
      { cmd: 'publish', topic, payload, qos: kind === 'lease' ? 0 : 1, dup: false, retain: false },
      () => {},
    );
  }

  /** A new assignment for the agent that said hello last. */
  assign(...instances: AssignedInstance[]): void {
    this.assigned = instances;
    this.revision++;
    this.send();
  }
  send(change: Record<string, unknown> = {}): void {
    const bootId = this.hellos.at(-1)?.bootId ?? 1;
    const base = { v: 1, node: 'N1', bootId, term: this.term, revision: this.revision, instances: this.assigned };
    this.publish('assignment', { ...base, ...change });
  }

  start(): ChildProcess {
    const script = fileURLToPath(new URL('./agent-process.ts', import.meta.url));
    const agent = spawn(process.execPath, [script, JSON.stringify(this.config)], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    this.#agents.push(agent);
    return agent;
  }
  /** The agent has said hello since. */
  async started(): Promise<ChildProcess> {
    const before = this.hellos.length;
    const agent = this.start();
    await until('the agent says hello', () => this.hellos.length > before);
    return agent;
  }

  /** Takes the broker away, with every connection. */
  async loseBroker(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }
  async mendBroker(): Promise<void> {
    const port = Number(this.config.mqtt.url.split(':').at(-1));
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
  }

  /** As the agent reported it last. */
  seen(instance: string): InstanceReport | undefined {
    return this.reports.at(-1)?.instances.find((one) => one.instance === instance);
  }
  ready(instance: string): Promise<InstanceReport> {
    return until(`${instance} is ready`, () => {
      const report = this.seen(instance);
      return report?.state === 'ready' && report;
    });
  }
  event(kind: NodeEvent['kind']): Promise<NodeEvent> {
    return until(`event ${kind}`, () => this.events.find((event) => event.kind === kind));
  }
  log(instance: string): string {
    return readFileSync(join(this.config.stateDir, 'logs', `${instance.replace('/', '_')}.log`), 'utf8');
  }

  /** Every living process that an instance of this stage has started: found by what it was given, not by our own books. */
  processes(instance?: string): Process[] {
    return scanProcesses().filter((process) => {
      if (!process.alive) return false;
      const environment = environmentOf(process.pid);
      return (
        environment.get('EVENKEEL_ROLE_FILE')?.startsWith(this.dir) === true &&
        (instance === undefined || environment.get('EVENKEEL_INSTANCE') === instance)
      );
    });
  }
  guards(): number[] {
    return scanProcesses()
      .filter((process) => process.alive && commandLine(process.pid).includes(`guard.ts\0${this.config.stateDir}`))
      .map((process) => process.pid);
  }

  async close(): Promise<void> {
    const kill = (pid: number) => {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // gone
      }
    };
    for (const agent of this.#agents)
      if (agent.exitCode === null && agent.signalCode === null && agent.pid) kill(agent.pid);
    await until('what was started is gone', () => {
      for (const pid of this.guards()) kill(pid);
      for (const { pid } of this.processes()) kill(pid);
      return this.processes().length === 0 && this.guards().length === 0;
    });
    await new Promise<void>((resolve) => this.#broker.close(() => resolve()));
    this.#server.close();
    rmSync(this.dir, { recursive: true, force: true });
    if (this.invalid.length > 0) throw new Error(`the agent sent what no schema allows: ${this.invalid.join('\n')}`);
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

/** One assigned instance; `script` is run by /bin/sh. */
export function instanceOf(
  instance: string,
  script: string,
  change: { runtime?: Record<string, unknown> } & Record<string, unknown> = {},
): AssignedInstance {
  const { runtime, ...rest } = change;
  return AssignedInstance.parse({
    instance,
    generation: 1,
    role: 'active',
    isolation: 'keep',
    demand: { cpu: 100 },
    runtime: { driver: 'process', command: ['/bin/sh', '-c', script], stopGraceMs: 1000, ...runtime },
    probes: {},
    ...rest,
  });
}
export const FOREVER = 'while :; do sleep 1; done';
export const web = 'web/0' as InstanceId;
export const n1 = 'N1' as NodeName;
export function alive(pid: number | null | undefined): boolean {
  return pid !== null && pid !== undefined && readProcess(pid)?.alive === true;
}
