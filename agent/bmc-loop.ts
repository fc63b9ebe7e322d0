import type { Bmc, BmcEvent, EventPart } from '../hw/bmc.ts';
import type { Reading } from '../protocol/reading.ts';

export interface BmcLoop {
  /** Of the latest answer; while the BMC is silent, none but that it is. */
  readonly readings: () => readonly Reading[];
  /** Asks no more, and gives back what the BMC holds for us. */
  readonly end: () => Promise<void>;
}

/** A BMC that does not answer or refuses is asked ever less often: repeated wrong passwords lock accounts. */
const MAX_BACK_OFF = 32;
/** Of one look into its log, beside what each component came to; the rest is counted. */
const MAX_EVENTS_TOLD = 10;

/**
 * The BMC itself: whether it answers, and how long it takes. Neither is judged: a BMC that is silent is no reason to empty its
 * node, and one network for all of them would take them away from every node at once.
 */
function aboutAnswer(tookMs: number | null): Reading[] {
  return [
    { sensor: 'bmc/self/answers', value: tookMs === null ? 0 : 1, unit: 'state' },
    { sensor: 'bmc/self/answer time', value: tookMs === null ? null : Math.max(1, Math.round(tookMs)), unit: 'ms' },
  ];
}

/** Asks the BMC in a rhythm of its own, so that a slow or dead one delays nothing else. */
export function startBmcLoop(
  bmc: Bmc,
  everyMs: number,
  onChange: (kind: 'bmc-silent' | 'bmc-back' | 'bmc-event', detail: string, part?: EventPart) => void,
): BmcLoop {
  let readings: readonly Reading[] = [];
  let answer: readonly Reading[] = [];
  let silent = false;
  let ended = false;
  let backOff = 1;
  let timer: NodeJS.Timeout | null = null;
  const ask = async (): Promise<void> => {
    const from = performance.now();
    try {
      readings = await bmc.sensors();
      answer = aboutAnswer(performance.now() - from);
      if (silent && !ended) onChange('bmc-back', 'the BMC answers again');
      silent = false;
      backOff = 1;
    } catch (error) {
      readings = [];
      answer = aboutAnswer(null);
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
    const told = worthTelling(events);
    for (const { when, text, asserted, part } of told)
      onChange('bmc-event', `BMC log${when && `, ${when}`}: ${text}${asserted ? '' : ' (passed)'}`.slice(0, 300), part);
    const rest = events.length - told.length;
    if (rest > 0) onChange('bmc-event', `BMC log: ${rest} older new entries`);
  };
  void ask();
  return {
    readings: () => [...answer, ...readings], // first, as what is too many is cut off at the end
    end: async () => {
      ended = true;
      if (timer) clearTimeout(timer);
      await bmc.close?.();
    },
  };
}

/** The newest, and of those before them the last word on each component and level: it is judged. */
function worthTelling(events: readonly BmcEvent[]): readonly BmcEvent[] {
  const older = events.slice(0, -MAX_EVENTS_TOLD);
  const keyOf = ({ component, level }: EventPart) => `${level} ${component}`;
  const last = new Map(older.flatMap((event) => (event.part ? [[keyOf(event.part), event] as const] : [])));
  return [
    ...older.filter((event) => event.part && last.get(keyOf(event.part)) === event),
    ...events.slice(-MAX_EVENTS_TOLD),
  ];
}
