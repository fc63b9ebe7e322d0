import { connect, type Socket } from 'node:net';
import { encodeLine, lineReader } from './guard-line.ts';

const RETRY_MS = 50;

/** Holds a connection to the guard for as long as one is wanted, and tells it of every lease. */
export class GuardClient {
  readonly #path: string;
  readonly #onHeld: (untilMs: number) => void;
  readonly #onMissing: () => void;
  #socket: Socket | null = null;
  #retry: NodeJS.Timeout | null = null;
  #wanted = false;
  #untilMs = 0;

  constructor(path: string, onHeld: (untilMs: number) => void, onMissing: () => void) {
    this.#path = path;
    this.#onHeld = onHeld;
    this.#onMissing = onMissing;
  }

  want(wanted: boolean): void {
    this.#wanted = wanted;
    if (wanted) {
      if (!this.#socket && !this.#retry) this.#connect();
      return;
    }
    if (this.#retry) clearTimeout(this.#retry);
    this.#retry = null;
    this.#socket?.destroy(); // the guard ends by itself once nobody needs it
    this.#socket = null;
  }

  lease(untilMs: number): void {
    this.#untilMs = Math.max(this.#untilMs, untilMs);
    this.#socket?.write(encodeLine(this.#untilMs));
  }

  #connect(): void {
    this.#retry = null;
    const socket = connect(this.#path);
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('connect', () => {
      if (this.#untilMs > 0) socket.write(encodeLine(this.#untilMs));
    });
    socket.on(
      'data',
      lineReader((untilMs) => this.#socket === socket && this.#onHeld(untilMs)),
    );
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      if (!this.#wanted) return;
      this.#onMissing();
      this.#retry = setTimeout(() => this.#connect(), RETRY_MS);
    });
  }
}
