import { cpuTimeMs, signal, type TaggedProcess } from './processes.ts';

/*
 * A server that is smaller than the machine it is played on: its instances (and hogs) together may use so many millicores.
 * While they stay below, nothing happens but a look now and then. Above it they take turns between running and being
 * stopped, as cpulimit does it, with the running share adapted to what they use. The agent is left alone: on a real server
 * it is the one thing that has its share guaranteed.
 */

/**
 * One turn: everything runs for its share of this, and stands still for the rest. Long enough that people notice, shorter
 * than the time between two probes, and never the same, so that whoever asks in a rhythm sees the average.
 */
const periodMs = () => 300 + 200 * Math.random();
const MIN_SHARE = 0.08;
/** Not throttled any more after this long with the full share. */
const CALM_PERIODS = 5;

export interface CpuLimit {
  /** The processes it governs, looked up anew from time to time: tells it what runs, and whether a hog is among them. */
  watch(processes: readonly TaggedProcess[], nowMs: number): void;
  /** Of the limit, 0 to 1: what the processes used when last looked at. */
  load(): number;
  /** Ends throttling and lets everything run again, unless the server is frozen or without power. */
  release(resume: boolean): void;
}

export function createCpuLimit(limitMillicores: number): CpuLimit {
  let governed: readonly number[] = [];
  let samples = new Map<number, number>();
  let sampledMs = 0;
  let usedMillicores = 0;
  let share = 1;
  let calm = 0;
  let hogs = 0;
  let timer: NodeJS.Timeout | null = null;

  function measure(nowMs: number): void {
    const next = new Map<number, number>();
    let spentMs = 0;
    for (const pid of governed) {
      const total = cpuTimeMs(pid);
      if (total === null) continue;
      next.set(pid, total);
      const before = samples.get(pid);
      if (before !== undefined) spentMs += Math.max(0, total - before);
    }
    const elapsedMs = nowMs - sampledMs;
    if (sampledMs > 0 && elapsedMs > 0) usedMillicores = (1000 * spentMs) / elapsedMs;
    samples = next;
    sampledMs = nowMs;
  }

  function turn(): void {
    const nowMs = performance.now();
    measure(nowMs);
    const wanted = usedMillicores <= 0 ? 1 : (share * limitMillicores) / usedMillicores;
    share = Math.min(shareBesideHogs(), Math.max(MIN_SHARE, 0.5 * share + 0.5 * wanted));
    if (share > 0.97) {
      calm++;
      if (calm >= CALM_PERIODS) return stop(true);
      timer = setTimeout(turn, periodMs());
      return;
    }
    calm = 0;
    signalAll('SIGSTOP');
    const period = periodMs();
    const run = () => {
      signalAll('SIGCONT');
      timer = setTimeout(turn, period * share);
    };
    timer = setTimeout(run, period * (1 - share));
  }

  /** A hog would use a whole core. That it gets less now, because this machine is busy elsewhere, leaves no more for others. */
  function shareBesideHogs(): number {
    return hogs === 0 ? 1 : Math.max(MIN_SHARE, Math.min(1, limitMillicores / (1000 * hogs)));
  }
  function signalAll(name: NodeJS.Signals): void {
    for (const pid of governed) signal(pid, name);
  }
  function stop(resume: boolean): void {
    if (timer !== null) {
      clearTimeout(timer);
      timer = null;
      if (resume) signalAll('SIGCONT');
    }
    share = 1;
    calm = 0;
  }

  return {
    watch(processes, nowMs) {
      const pids = processes.map(({ pid }) => pid);
      if (timer !== null) for (const pid of governed) if (!pids.includes(pid)) signal(pid, 'SIGCONT');
      governed = pids;
      hogs = processes.filter(({ hog }) => hog).length;
      if (timer !== null) return;
      measure(nowMs);
      if (usedMillicores > limitMillicores || shareBesideHogs() < 1) turn();
    },
    load: () => Math.min(1, usedMillicores / limitMillicores),
    release: stop,
  };
}
