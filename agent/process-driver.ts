import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineBoot } from '../protocol/clock.ts';
import { OperatingError } from '../protocol/errors.ts';
import type { Role } from '../protocol/ids.ts';
import type { AssignedInstance } from '../protocol/messages.ts';
import { isDiskFull } from './durable-file.ts';
import { environmentFor, type User, userFor } from './environment.ts';
import { choosePorts } from './ports.ts';
import { readProcess, scanProcesses } from './proc.ts';
import {
  type GroupMark,
  groupMembers,
  killAll,
  leaderLives,
  signalGroup,
  TOKEN_VARIABLE,
  tokenBearers,
  trySignal,
} from './process-group.ts';
import { fileNameOf, forgetRecord, type InstanceRecord, writeRecord } from './records.ts';
import { type SlotKey, slotKey } from './state.ts';

/** How often processes that are not our children (adopted ones) are looked at, and all that should be gone. */
const WATCH_MS = 100;

export interface DriverOptions {
  readonly node: string;
  readonly stateDir: string;
  readonly portRange: { readonly from: number; readonly to: number };
  readonly tokenPrefix: string;
  /** Asked right before a process is made. */
  readonly mayStillStart: (key: SlotKey) => boolean;
  readonly onSpawned: (key: SlotKey, pid: number, ports: Readonly<Record<string, number>>) => void;
  readonly onSpawnFailed: (key: SlotKey, detail: string, diskFull: boolean) => void;
  readonly onExited: (key: SlotKey, detail: string) => void;
  readonly onVanished: (key: SlotKey) => void;
  /** Something could not be written about an instance that runs on regardless. */
  readonly onWriteFailed: (key: SlotKey, error: unknown) => void;
}

interface Running {
  record: InstanceRecord;
  readonly mark: GroupMark;
  readonly child: ChildProcess | null; // null: adopted
  exited: boolean;
  killed: boolean;
}

/** Runs instances as processes of this machine, each in a session of its own that outlives the agent. */
export class ProcessDriver {
  readonly #options: DriverOptions;
  readonly #running = new Map<SlotKey, Running>();
  readonly #ports = new Set<number>();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: DriverOptions) {
    this.#options = options;
  }

  /** A process that an earlier agent has started. */
  adopt(record: InstanceRecord): void {
    if (record.pid === null || record.startTicks === null) throw new Error('a record without a process is not adopted');
    for (const port of Object.values(record.ports)) this.#ports.add(port);
    this.#running.set(slotKey(record.assigned), {
      record,
      mark: { pid: record.pid, startTicks: record.startTicks, token: record.token },
      child: null,
      exited: false,
      killed: false,
    });
    this.#watch();
  }

  async launch(key: SlotKey, assigned: AssignedInstance): Promise<void> {
    let ports: Record<string, number> = {};
    try {
      const user = userFor(assigned.runtime.user);
      ports = await choosePorts(assigned.runtime.ports, this.#options.portRange, this.#ports);
      await this.#spawn(key, assigned, ports, user);
    } catch (error) {
      for (const port of Object.values(ports)) this.#ports.delete(port);
      forgetRecord(this.#options.stateDir, key);
      const full = isDiskFull(error);
      this.#options.onSpawnFailed(key, full ? `disk full: ${textOf(error)}` : textOf(error), full);
    }
  }

  async #spawn(
    key: SlotKey,
    assigned: AssignedInstance,
    ports: Record<string, number>,
    user: User | null,
  ): Promise<void> {
    const { stateDir, node } = this.#options;
    const token = `${this.#options.tokenPrefix}${randomBytes(8).toString('hex')}`;
    const record: InstanceRecord = {
      v: 1,
      token,
      machineBoot: machineBoot(),
      pid: null,
      startTicks: null,
      ports,
      ready: false,
      assigned,
    };
    writeRecord(stateDir, key, record);
    const files = this.files(key);
    mkdirSync(files.dir, { recursive: true });
    if (user) chownSync(files.dir, user.uid, user.gid);
    rmSync(files.value, { force: true });
    writeRole(files.role, assigned.role);
    mkdirSync(join(stateDir, 'logs'), { recursive: true });
    // The instance itself holds the file, so that it can write whatever becomes of the agent.
    const log = openSync(this.logPath(assigned), 'a', 0o640);
    try {
      const [command = '', ...args] = assigned.runtime.command;
      if (!this.#options.mayStillStart(key))
        throw new OperatingError('SPAWN_FAILED', `${command} is not started: the lease has ended meanwhile`);
      const child = spawn(command, args, {
        detached: true,
        stdio: ['ignore', log, log],
        env: { ...environmentFor(assigned, node, ports, files), [TOKEN_VARIABLE]: token },
        ...(assigned.runtime.cwd === undefined ? {} : { cwd: assigned.runtime.cwd }),
        ...(user ?? {}),
      });
      const started = new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', (cause) =>
          reject(
            new OperatingError('SPAWN_FAILED', `cannot start ${command}: ${spawnFault(cause, assigned)}`, { cause }),
          ),
        );
      });
      if (child.pid !== undefined) this.#started(key, record, child, child.pid);
      await started;
    } finally {
      closeSync(log);
    }
    const running = this.#running.get(key);
    if (!running) throw new OperatingError('SPAWN_FAILED', 'the process was gone at once');
    this.#write(key, running.record);
    this.#options.onSpawned(key, running.mark.pid, ports);
    // an exit that came before is told now, in order
    if (hasExited(running.child)) this.#leaderGone(key, running, exitText(running.child));
  }

  #started(key: SlotKey, record: InstanceRecord, child: ChildProcess, pid: number): void {
    // A child that has died already is a zombie until we have been told, so its start time can still be read.
    const startTicks = readProcess(pid)?.startTicks ?? 0;
    const running: Running = {
      record: { ...record, pid, startTicks },
      mark: { pid, startTicks, token: record.token },
      child,
      exited: false,
      killed: false,
    };
    this.#running.set(key, running);
    child.once('exit', () => {
      // queued behind launch(), which says `spawned` first
      setImmediate(() => this.#leaderGone(key, running, exitText(child)));
    });
    child.unref();
  }

  terminate(key: SlotKey): void {
    const running = this.#running.get(key);
    if (!running) return this.#options.onVanished(key);
    signalGroup(running.mark, 'SIGTERM');
    this.#watch();
  }

  kill(key: SlotKey): void {
    const running = this.#running.get(key);
    if (!running) return this.#options.onVanished(key);
    running.killed = true;
    killAll(running.mark);
    this.#watch();
  }

  /** Rewrites the role file and signals the leader; throws when the file cannot be written. */
  tellRole(key: SlotKey, assigned: AssignedInstance): void {
    const running = this.#running.get(key);
    if (!running) throw new OperatingError('INTERNAL', `${key} does not run`);
    writeRole(this.files(key).role, assigned.role);
    const signal = assigned.runtime.roleSignal;
    if (signal !== undefined && leaderLives(running.mark)) trySignal(running.mark.pid, signal);
    this.remember(key, assigned, running.record.ready);
  }

  /** Keeps what an agent after this one must know of a running instance. */
  remember(key: SlotKey, assigned: AssignedInstance, ready: boolean): void {
    const running = this.#running.get(key);
    if (!running) return;
    running.record = { ...running.record, assigned, ready };
    this.#write(key, running.record);
  }

  forget(key: SlotKey): void {
    forgetRecord(this.#options.stateDir, key);
    rmSync(this.files(key).dir, { recursive: true, force: true });
  }

  mark(key: SlotKey): GroupMark | null {
    return this.#running.get(key)?.mark ?? null;
  }

  /** The number that the application publishes; null when there is none. */
  value(key: SlotKey): number | null {
    try {
      const text = readFileSync(this.files(key).value, 'utf8').trim();
      const value = Number(text);
      return text !== '' && Number.isFinite(value) ? value : null;
    } catch {
      return null;
    }
  }

  logPath(assigned: AssignedInstance): string {
    return join(this.#options.stateDir, 'logs', `${assigned.instance.replace('/', '_')}.log`);
  }

  /** Lets go of everything that runs, without stopping it. */
  release(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    for (const running of this.#running.values()) running.child?.removeAllListeners('exit');
  }

  files(key: SlotKey): { dir: string; role: string; value: string } {
    const dir = join(this.#options.stateDir, 'run', fileNameOf(key));
    return { dir, role: join(dir, 'role'), value: join(dir, 'value') };
  }

  #write(key: SlotKey, record: InstanceRecord): void {
    try {
      writeRecord(this.#options.stateDir, key, record);
    } catch (error) {
      this.#options.onWriteFailed(key, error);
    }
  }

  #leaderGone(key: SlotKey, running: Running, detail: string): void {
    if (running.exited || this.#running.get(key) !== running) return;
    running.exited = true;
    this.#options.onExited(key, detail);
    this.#watch();
    this.#look();
  }

  #watch(): void {
    this.#timer ??= setInterval(() => this.#look(), WATCH_MS);
  }

  #look(): void {
    for (const [key, running] of this.#running)
      if (!running.exited && running.child === null && !leaderLives(running.mark))
        this.#leaderGone(key, running, 'its process is gone');
    const going = [...this.#running].filter(([, running]) => running.exited);
    if (going.length > 0) {
      const processes = scanProcesses();
      for (const [key, running] of going) {
        // a leader that has died stays in the list as a zombie or not at all: its group counts on
        if (
          groupMembers(running.mark, processes).length > 0 ||
          tokenBearers(running.mark.token, processes).length > 0
        ) {
          if (running.killed) killAll(running.mark);
          continue;
        }
        this.#running.delete(key);
        for (const port of Object.values(running.record.ports)) this.#ports.delete(port);
        this.#options.onVanished(key);
      }
    }
    const adopted = [...this.#running.values()].some((running) => running.child === null || running.exited);
    if (!adopted && this.#timer) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
  }
}

function hasExited(child: ChildProcess | null): boolean {
  return child !== null && (child.exitCode !== null || child.signalCode !== null);
}

function exitText(child: ChildProcess | null): string {
  if (child?.signalCode) return `killed by ${child.signalCode}`;
  return `exited with code ${child?.exitCode ?? 'unknown'}`;
}

/** Readers see the old role or the new one. Where the disk is full the few bytes are written in place: they need no new block. */
function writeRole(path: string, role: Role): void {
  const text = `${role}\n`;
  try {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    writeFileSync(path, text, { flag: 'r+' });
  }
}

function spawnFault(cause: unknown, assigned: AssignedInstance): string {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') {
    const where = assigned.runtime.cwd === undefined ? '' : `, or its working folder ${assigned.runtime.cwd}`;
    return `the program${where} does not exist on this node`;
  }
  if (code === 'EACCES') return 'not allowed to run it';
  return (cause as Error).message;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
