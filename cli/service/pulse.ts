import { say } from '../terminal.ts';
import type { Running } from './running.ts';
import type { Supervisor } from './supervisor.ts';
import { look, type Vitality } from './vitality.ts';

export interface Pulse {
  readonly end: () => void;
}

/** Three looks fall into the time within which a beat is due: one may come late, and one be lost. */
const LOOKS = 3;

/**
 * Beats while every part of the program makes progress, for whoever waits: systemd, the hardware's watchdog. A program that
 * hangs has no beat, and is killed and started anew, or its machine is. Null where nobody waits.
 */
export function startPulse(running: Running, supervisor: Supervisor | null): Pulse | null {
  const waiting = [supervisor?.watchdogMs ?? null, running.beatWithinMs ?? null].filter((ms) => ms !== null);
  if (waiting.length === 0) return null;
  let vitality: Vitality = new Map();
  let wasStuck = false;
  const beat = () => {
    const seen = look(vitality, running.progress(), performance.now());
    vitality = seen.vitality;
    const isStuck = seen.stuck.length > 0;
    if (isStuck && !wasStuck) {
      say(`evenkeel: no progress: ${seen.stuck.join(', ')}`);
      supervisor?.tell(`STATUS=no progress: ${seen.stuck.join(', ')}`);
    }
    wasStuck = isStuck;
    if (isStuck) return;
    supervisor?.tell('WATCHDOG=1');
    running.beat?.();
  };
  beat();
  const timer = setInterval(beat, Math.min(...waiting) / LOOKS);
  return { end: () => clearInterval(timer) };
}
