import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * What every application of the demo does besides its work: it follows its role, and it writes down 20 times a second who
 * it is and what role it acts in. Nothing else reports that, so these ledgers judge the cluster from outside.
 */

const INTERVAL_MS = 50;
const {
  EVENKEEL_INSTANCE = 'none/0',
  EVENKEEL_GENERATION,
  EVENKEEL_NODE,
  EVENKEEL_ROLE,
  EVENKEEL_ROLE_FILE,
} = process.env;
const { LEDGER_DIR } = process.env;

/** @type {string} */
let role = EVENKEEL_ROLE ?? 'active';

export const instance = EVENKEEL_INSTANCE;
export const isActive = () => role === 'active';

function follow() {
  try {
    if (EVENKEEL_ROLE_FILE) role = readFileSync(EVENKEEL_ROLE_FILE, 'utf8').trim() || role;
  } catch {
    // not written yet: the role that it was started with counts
  }
}

function write() {
  if (!LEDGER_DIR) return;
  const line = {
    instance: EVENKEEL_INSTANCE,
    generation: Number(EVENKEEL_GENERATION ?? 0),
    node: EVENKEEL_NODE ?? '',
    role,
    pid: process.pid,
    monoMs: Number(process.hrtime.bigint() / 1_000n) / 1000, // CLOCK_MONOTONIC: the same for all processes of this machine
  };
  appendFileSync(join(LEDGER_DIR, `${EVENKEEL_INSTANCE.replace('/', '_')}.jsonl`), `${JSON.stringify(line)}\n`);
}

/** Begins to follow and to write; ends cleanly on SIGTERM. */
export function live() {
  if (LEDGER_DIR) mkdirSync(LEDGER_DIR, { recursive: true });
  const turn = () => {
    follow();
    write();
  };
  turn();
  setInterval(turn, INTERVAL_MS);
  process.once('SIGTERM', () => process.exit(0));
}
