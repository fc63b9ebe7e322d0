import { environmentOf, type Process, readProcess, scanProcesses } from './proc.ts';

/** Carried in the environment of every process of an instance: finds those that no record or group leads to. */
export const TOKEN_VARIABLE = 'EVENKEEL_TOKEN';

/** What leads to the processes of one instance. */
export interface GroupMark {
  readonly pid: number; // leader of process group and session
  readonly startTicks: number;
  readonly token: string;
}

/** Whether the leader itself lives: the same process, not another that was given its number since. */
export function leaderLives(mark: GroupMark): boolean {
  const leader = readProcess(mark.pid);
  return leader?.alive === true && leader.startTicks === mark.startTicks;
}

/** The instance's living processes: its group and session. */
export function groupMembers(mark: GroupMark, processes: readonly Process[] = scanProcesses()): Process[] {
  const leader = processes.find((process) => process.pid === mark.pid);
  const members = processes.filter(
    (process) => process.alive && (process.pgrp === mark.pid || process.session === mark.pid),
  );
  if (leader?.startTicks === mark.startTicks) return members;
  // With the leader gone the number may have been given to strangers: only the token proves a member then.
  return members.filter((process) => environmentOf(process.pid).get(TOKEN_VARIABLE) === mark.token);
}

/** Processes that carry the token, wherever they have gone: dearer, so asked only when something must be gone. */
export function tokenBearers(token: string, processes: readonly Process[] = scanProcesses()): Process[] {
  return processes.filter((process) => process.alive && environmentOf(process.pid).get(TOKEN_VARIABLE) === token);
}

/** Sends a signal to the whole group. One that has gone meanwhile is no error. */
export function signalGroup(mark: GroupMark, signal: NodeJS.Signals): void {
  const members = groupMembers(mark);
  if (members.some((member) => member.pgrp === mark.pid)) trySignal(-mark.pid, signal);
  for (const member of members) if (member.pgrp !== mark.pid) trySignal(member.pid, signal);
}

export function trySignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // gone by now, or another user's that became ours by no means
  }
}

/** SIGKILL for everything of the instance; says how many processes still lived. */
export function killAll(mark: GroupMark): number {
  const processes = scanProcesses();
  const doomed = new Map(groupMembers(mark, processes).map((member) => [member.pid, member]));
  for (const bearer of tokenBearers(mark.token, processes)) doomed.set(bearer.pid, bearer);
  if (mark.pid > 1 && [...doomed.values()].some((member) => member.pgrp === mark.pid)) trySignal(-mark.pid, 'SIGKILL');
  for (const pid of doomed.keys()) trySignal(pid, 'SIGKILL');
  return doomed.size;
}
