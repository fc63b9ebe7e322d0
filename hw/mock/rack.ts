import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sibling } from '../../protocol/sibling.ts';
import type { Power } from '../bmc.ts';
import { type BmcFault, type BmcServer, startBmcServer } from './bmc-server.ts';
import { findTagged, killTagged, SERVER_TAG } from './processes.ts';
import { type BootCommand, MockServer } from './server.ts';

export interface RackOptions {
  /** Sockets and the servers' disks live here. Keep it short: a socket's path has at most 107 bytes. */
  readonly directory: string;
  readonly boot: (server: MockServer) => BootCommand;
  readonly cpuLimitMillicores?: number;
  readonly respawn?: boolean;
  /** Told when a BMC switches its server off or on, because it was told to. */
  readonly onPowerOrder?: (node: string, to: Power) => void;
}

interface Slot {
  server: MockServer;
  readonly bmc: BmcServer;
}

const LOOK_MS = 1000;
/** Serial numbers have three digits, so that none is the beginning of another. */
const MAX_SERVERS = 999;

/**
 * Any number of mock servers, hosted by this process. Each has its own BMC at `<directory>/<node>.sock`, which stays when
 * the server in that place is replaced. When this process dies, however it dies, everything that ran on its servers dies
 * with it: a reaper process waits for that.
 */
export class Rack {
  /** What all serial numbers of this rack begin with: unique to it, so it never touches another rack's processes. */
  readonly id = `EK${randomBytes(3).toString('hex').toUpperCase()}-`;
  readonly directory: string;
  readonly #options: RackOptions;
  readonly #slots = new Map<string, Slot>();
  readonly #look: NodeJS.Timeout;
  readonly #reaper: ReturnType<typeof spawn>;
  #made = 0;

  constructor(options: RackOptions) {
    this.#options = options;
    this.directory = options.directory;
    mkdirSync(options.directory, { recursive: true });
    this.#look = setInterval(() => this.#lookAtCpu(), LOOK_MS);
    this.#look.unref();
    this.#reaper = spawn(process.execPath, [fileURLToPath(sibling(import.meta.url, './rack-reaper.ts')), this.id], {
      detached: true,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    this.#reaper.unref();
    this.#reaper.on('error', (error) => console.error(`the rack's reaper does not run: ${error.message}`));
  }

  /** How the BMCs of this rack are reached: `{node}` stands for the node's name. */
  get bmcSocket(): string {
    return join(this.directory, '{node}.sock');
  }
  get nodes(): string[] {
    return [...this.#slots.keys()];
  }
  /** An environment for processes that are not on a server but belong to the rack's cluster: they die with it. */
  tagFor(what: string): Record<string, string> {
    return { [SERVER_TAG]: `${this.id}${what}` };
  }

  /** A new server in a new place, without power. */
  async add(node: string, cpuLimitMillicores?: number): Promise<MockServer> {
    if (this.#slots.has(node)) throw new Error(`there is a server ${node} already`);
    const slot = { server: this.#make(node, cpuLimitMillicores) } as { server: MockServer; bmc: BmcServer };
    slot.bmc = await startBmcServer(this.bmcSocket.replace('{node}', node), {
      power: () => slot.server.power(),
      switchPower: (to) => {
        this.#options.onPowerOrder?.(node, to);
        slot.server.switchPower(to);
      },
      sensors: () => slot.server.sensors(),
      identity: () => slot.server.identity(),
    });
    this.#slots.set(node, slot);
    return slot.server;
  }

  server(node: string): MockServer {
    return this.#slot(node).server;
  }
  setBmcFault(node: string, fault: BmcFault | null): void {
    this.#slot(node).bmc.setFault(fault);
  }

  /** The server in this place is taken out and another put in: new serial number, empty disk, no power yet. */
  replace(node: string): MockServer {
    const slot = this.#slot(node);
    if (slot.server.power() === 'on') throw new Error(`${node} has power: a server is replaced when it is off`);
    slot.server = this.#make(node, slot.server.cpuLimitMillicores);
    slot.bmc.setFault(null);
    return slot.server;
  }

  /** Every server loses its power. */
  async powerDown(): Promise<void> {
    await Promise.all([...this.#slots.values()].map(({ server }) => server.powerLoss()));
  }

  /** Everything off, and gone. */
  async stop(): Promise<void> {
    clearInterval(this.#look);
    await this.powerDown();
    await killTagged(this.id);
    await Promise.all([...this.#slots.values()].map(({ bmc }) => bmc.close()));
    this.#reaper.stdin?.end();
  }

  #make(node: string, cpuLimitMillicores = this.#options.cpuLimitMillicores ?? 1000): MockServer {
    if (this.#made >= MAX_SERVERS) throw new Error(`a rack has at most ${MAX_SERVERS} servers in its life`);
    const serial = `${this.id}${String(++this.#made).padStart(3, '0')}`;
    return new MockServer({
      node,
      serial,
      directory: join(this.directory, serial),
      boot: this.#options.boot,
      cpuLimitMillicores,
      respawn: this.#options.respawn ?? true,
    });
  }
  #slot(node: string): Slot {
    const slot = this.#slots.get(node);
    if (!slot) throw new Error(`there is no server ${node}; there are ${this.nodes.join(', ') || 'none'}`);
    return slot;
  }
  #lookAtCpu(): void {
    const nowMs = performance.now();
    const all = findTagged(this.id);
    for (const { server } of this.#slots.values()) {
      server.limitCpu(
        all.filter((one) => one.server === server.serial),
        nowMs,
      );
    }
  }
}
