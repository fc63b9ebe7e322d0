import type { Bmc, BmcEvent } from '../hw/bmc.ts';
import type { Reading } from '../protocol/reading.ts';

export interface BmcLoop {
  /** Of the latest answer; none while the BMC is silent. */
  readonly readings: () => readonly Reading[];
  /** Asks no more, and gives back what the BMC holds for us. */
  readonly end: () => Promise<void>;
}

/** A BMC that does not answer or refuses is asked ever less often: repeated wrong passwords lock accounts. */
const MAX_BACK_OFF = 32;
/** Of one look into its log; the rest is counted. */
const MAX_EVENTS_TOLD = 10;

/** Asks the BMC in a rhythm of its own, so that a slow or dead one delays nothing else. */
export function startBmcLoop(
  bmc: Bmc,
  everyMs: number,
  onChange: (kind: 'bmc-silent' | 'bmc-back' | 'bmc-event', detail: string) => void,
): BmcLoop {
  let readings: readonly Reading[] = [];
  let silent = false;
  let ended = false;
  let backOff = 1;
  let timer: NodeJS.Timeout | null = null;
  const ask = async (): Promise<void> => {
    try {
      readings = await bmc.sensors();
      if (silent && !ended) onChange('bmc-back', 'the BMC answers again');
      silent = false;
      backOff = 1;
    } catch (error) {
      readings = [];
      if (!silent && !ended) onChange('bmc-silent', (error as Error).message.slice(0, 300));
      else backOff = Math.min(backOff * 2, MAX_BACK_OFF); // from the second failure on: one lost answer is nothing
      silent = true;
    }
    // what its log holds is lost to nobody: the next look reads on from where the last one ended
    const events = silent ? [] : ((await bmc.events?.().catch(() => [])) ?? []);
    if (!ended) tell(events);
    if (!ended) timer = setTimeout(ask, Math.min(everyMs * backOff, Math.max(everyMs, 300_000)));
  };
  const tell = (events: readonly BmcEvent[]) => {
    for (const { when, text, asserted } of events.slice(-MAX_EVENTS_TOLD))
      onChange('bmc-event', `BMC log${when && `, ${when}`}: ${text}${asserted ? '' : ' (passed)'}`.slice(0, 300));
    const rest = events.length - MAX_EVENTS_TOLD;
    if (rest > 0) onChange('bmc-event', `BMC log: ${rest} older new entries`);
  };
  void ask();
  return {
    readings: () => readings,
    end: async () => {
      ended = true;
      if (timer) clearTimeout(timer);
      await bmc.close?.();
    },
  };
}
