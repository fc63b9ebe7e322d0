import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { BmcIdentity, Power } from '../bmc.ts';
import type { BmcBoard } from './bmc-server.ts';
import { createCpuLimit } from './cpu-limit.ts';
import { findTagged, freezeTagged, HOG_TAG, killTagged, SERVER_TAG, signal, type TaggedProcess } from './processes.ts';
import { boardReadings, SENSOR_TYPES, type SensorFault } from './sensor-board.ts';

/** What a server starts when it gets power: its operating system, as far as we care. */
export interface BootCommand {
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
}
export interface MockServerOptions {
  readonly node: string;
  readonly serial: string;
  /** Its own disk: gone with the server when it is replaced. */
  readonly directory: string;
  readonly boot: (server: MockServer) => BootCommand;
  /** What its instances together may use of this machine's CPU. */
  readonly cpuLimitMillicores: number;
  /** Starts the boot command again when it ends by itself, as an init system does. */
  readonly respawn: boolean;
}

const RESPAWN_MS = 500;
/** Uses one core for as long as it lives, in slices, so that it ends with its rack when that is killed. */
const HOG_PROGRAM = 'const parent = process.ppid; while (process.ppid === parent) { for (let i = 0; i < 1e8; i++); }';

/**
 * One server: power, sensors and processes. It *is* the machine for what runs on it: without power nothing of it runs, and
 * while it is frozen nothing of it moves although its BMC says that it is on.
 */
export class MockServer implements BmcBoard {
  readonly node: string;
  readonly serial: string;
  readonly guid = randomUUID();
  readonly directory: string;
  readonly cpuLimitMillicores: number;
  readonly #options: MockServerOptions;
  readonly #limit: ReturnType<typeof createCpuLimit>;
  readonly #faults = new Map<string, SensorFault>();
  #power: Power = 'off';
  #frozen = false;
  #boot: ChildProcess | null = null;
  #respawn: NodeJS.Timeout | null = null;
  #switching: Promise<unknown> = Promise.resolve();
  #killed: readonly TaggedProcess[] = [];

  constructor(options: MockServerOptions) {
    this.node = options.node;
    this.serial = options.serial;
    this.directory = options.directory;
    this.cpuLimitMillicores = options.cpuLimitMillicores;
    this.#options = options;
    this.#limit = createCpuLimit(options.cpuLimitMillicores);
    mkdirSync(options.directory, { recursive: true });
  }

  power(): Power {
    return this.#power;
  }
  identity(): BmcIdentity {
    return { guid: this.guid, serial: this.serial };
  }
  sensors(): ReturnType<typeof boardReadings> {
    const state = { on: this.#power === 'on', loadShare: this.#limit.load(), faults: this.#faults };
    return boardReadings(state, performance.now());
  }
  switchPower(to: Power): void {
    void (to === 'on' ? this.powerOn() : this.powerLoss());
  }

  /** The process of the boot command (the agent), while it lives. */
  get bootPid(): number | null {
    return this.#boot?.pid ?? null;
  }
  get frozen(): boolean {
    return this.#frozen;
  }
  /** Everything that lives on this server now. */
  processes(): TaggedProcess[] {
    return findTagged(this.serial).filter(({ server }) => server === this.serial);
  }

  async powerOn(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#power === 'on') return;
      this.#power = 'on';
      this.#start();
    });
  }

  /** All at once, as when a cable is pulled. Says off only once nothing lives any more. Returns how many processes died. */
  async powerLoss(): Promise<number> {
    return this.#inTurn(async () => {
      this.#limit.release(false);
      if (this.#respawn) clearTimeout(this.#respawn);
      this.#boot?.removeAllListeners('exit');
      this.#boot = null;
      if (this.#power === 'on') this.#killed = await killTagged(this.serial);
      this.#frozen = false;
      this.#power = 'off';
      return this.#killed.length;
    });
  }
  /** What was running when it last lost its power. */
  get killed(): readonly TaggedProcess[] {
    return this.#killed;
  }

  /** The machine hangs: nothing moves, nothing is lost, and the BMC, which is another computer, says on. */
  freeze(): number {
    this.#frozen = true;
    this.#limit.release(false);
    return freezeTagged(this.serial);
  }
  thaw(): void {
    this.#frozen = false;
    for (const { pid } of this.processes()) signal(pid, 'SIGCONT');
  }

  /** A process that nobody has planned for and that takes all the CPU it gets. */
  startHog(): number {
    const hog = this.#spawn(
      [process.execPath, '--max-semi-space-size=1', '-e', HOG_PROGRAM],
      { [HOG_TAG]: '1' },
      'hog',
    );
    hog.on('error', () => {}); // its absence is seen by whoever looks for it
    return hog.pid ?? 0;
  }
  stopHogs(): void {
    for (const { pid, hog } of this.processes()) if (hog) signal(pid, 'SIGKILL');
  }

  /** A fan begins to fail: seconds later it is below its critical speed. */
  failFan(name = 'FAN1', rpmPerSecond = 3000): void {
    this.#setFault(name, { kind: 'failing', sinceMs: performance.now(), rpmPerSecond });
  }
  /** Null: the sensor has no value any more. */
  setSensor(name: string, value: number | null): void {
    this.#setFault(name, { kind: 'fixed', value });
  }
  healSensor(name: string): void {
    this.#faults.delete(name);
  }
  #setFault(name: string, fault: SensorFault): void {
    if (!(name in SENSOR_TYPES))
      throw new Error(`there is no sensor ${name}; there are ${Object.keys(SENSOR_TYPES).join(', ')}`);
    this.#faults.set(name, fault);
  }

  /** Called from time to time by the rack with what lives on this server. */
  limitCpu(processes: readonly TaggedProcess[], nowMs: number): void {
    if (this.#power === 'off' || this.#frozen) return;
    this.#limit.watch(
      processes.filter(({ instance, hog }) => instance !== null || hog),
      nowMs,
    );
  }

  #start(): void {
    const { argv, env } = this.#options.boot(this);
    const child = this.#spawn(argv, env ?? {}, 'boot');
    this.#boot = child;
    const ended = () => {
      if (this.#boot !== child) return;
      this.#boot = null;
      if (this.#power === 'off' || !this.#options.respawn) return;
      this.#respawn = setTimeout(() => {
        if (this.#power === 'on' && this.#boot === null) this.#start();
      }, RESPAWN_MS);
    };
    child.once('exit', ended);
    child.once('error', ended);
  }

  /** In a session of its own: a Ctrl-C meant for the rack is not meant for its servers. Output goes to the server's disk. */
  #spawn(argv: readonly [string, ...string[]], env: Readonly<Record<string, string>>, log: string): ChildProcess {
    const file = openSync(join(this.directory, `${log}.log`), 'a');
    try {
      const [command, ...args] = argv;
      return spawn(command, args, {
        cwd: this.directory,
        detached: true,
        stdio: ['ignore', file, file],
        env: { ...process.env, ...env, [SERVER_TAG]: this.serial },
      });
    } finally {
      closeSync(file);
    }
  }

  /** Power is switched by one at a time. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#switching.then(work);
    this.#switching = result.catch(() => {});
    return result;
  }
}
