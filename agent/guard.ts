import { rmSync, statSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { machineBoot, monotonicMs } from '../protocol/clock.ts';
import { encodeLine, lineReader } from './guard-line.ts';
import { groupMembers, killAll } from './process-group.ts';
import { type InstanceRecord, loadRecords } from './records.ts';

/*
 * The guard: a small process beside the agent that ends instances with the policy `stop` when the lease has, whatever has
 * become of the agent: killed, frozen or hung. It knows the end of the lease from the agent's heartbeat thread, and the
 * instances from their records. It decides nothing else, and ends when no agent holds it and nothing is left to guard.
 *
 *   node guard.ts STATE_DIR SOCKET LEASE_UNTIL_MS
 */

/** After the lease's end, until the last process is gone; and between looks at whether the guard is needed. */
const KILL_AGAIN_MS = 50;
const LOOK_MS = 1000;

const [stateDir = '', socketPath = '', firstUntilMs = '0'] = process.argv.slice(2);
const agents = new Set<Socket>();
let untilMs = Number(firstUntilMs);
let inode = 0;
let due: NodeJS.Timeout | null = null;

function guarded(): InstanceRecord[] {
  const boot = machineBoot();
  return loadRecords(stateDir, false).records.filter(
    (record) => record.assigned.isolation === 'stop' && record.machineBoot === boot,
  );
}

/** Kills what may run no longer; says whether anything still lived. */
function enforce(): boolean {
  let lived = false;
  for (const record of guarded()) {
    const mark = { pid: record.pid ?? -1, startTicks: record.startTicks ?? -1, token: record.token };
    if (killAll(mark) > 0) lived = true;
  }
  return lived;
}

function anythingLives(): boolean {
  return guarded().some(
    (record) =>
      record.pid !== null &&
      record.startTicks !== null &&
      groupMembers({ pid: record.pid, startTicks: record.startTicks, token: record.token }).length > 0,
  );
}

/** Whether the socket is another guard's by now: that one knows the lease, this one would kill by an old one. */
function isReplaced(): boolean {
  try {
    return statSync(socketPath).ino !== inode;
  } catch {
    return true;
  }
}

function schedule(): void {
  if (due) clearTimeout(due);
  const now = monotonicMs();
  if (untilMs > now) {
    due = setTimeout(schedule, untilMs - now);
    return;
  }
  if (isReplaced()) process.exit(0);
  // Looks again and again while the lease is over: an agent that thaws may have started something on its way.
  due = setTimeout(schedule, enforce() ? KILL_AGAIN_MS : LOOK_MS);
}

const server = createServer((socket) => {
  agents.add(socket);
  socket.setEncoding('utf8');
  socket.write(encodeLine(untilMs));
  socket.on(
    'data',
    lineReader((told) => {
      if (told <= untilMs) return;
      untilMs = told;
      schedule();
    }),
  );
  socket.on('error', () => {});
  socket.on('close', () => agents.delete(socket));
});

function endWhenIdle(): void {
  if (isReplaced()) process.exit(0);
  if (agents.size > 0 || anythingLives()) return;
  rmSync(socketPath, { force: true });
  process.exit(0);
}

/** Another guard that answers makes this one needless; a socket that nobody answers is a dead guard's. */
function begin(): void {
  const other = connect(socketPath);
  other.on('connect', () => process.exit(0));
  other.on('error', () => {
    rmSync(socketPath, { force: true });
    server.listen(socketPath, () => {
      inode = statSync(socketPath).ino;
      schedule();
      setInterval(endWhenIdle, LOOK_MS);
    });
  });
}

server.on('error', () => process.exit(1));
process.on('SIGHUP', () => {}); // it outlives terminals
begin();
