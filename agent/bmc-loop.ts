import type { Bmc } from '../hw/bmc.ts';
import type { Reading } from '../protocol/reading.ts';

export interface BmcLoop {
  /** Of the latest answer; none while the BMC is silent. */
  readonly readings: () => readonly Reading[];
  readonly end: () => void;
}

/** Asks the BMC in a rhythm of its own, so that a slow or dead one delays nothing else. */
export function startBmcLoop(
  bmc: Bmc,
  everyMs: number,
  onChange: (kind: 'bmc-silent' | 'bmc-back', detail: string) => void,
): BmcLoop {
  let readings: readonly Reading[] = [];
  let silent = false;
  let ended = false;
  let timer: NodeJS.Timeout | null = null;
  const ask = async (): Promise<void> => {
    try {
      readings = await bmc.sensors();
      if (silent && !ended) onChange('bmc-back', 'the BMC answers again');
      silent = false;
    } catch (error) {
      readings = [];
      if (!silent && !ended) onChange('bmc-silent', (error as Error).message);
      silent = true;
    }
    if (!ended) timer = setTimeout(ask, everyMs);
  };
  void ask();
  return {
    readings: () => readings,
    end: () => {
      ended = true;
      if (timer) clearTimeout(timer);
    },
  };
}
