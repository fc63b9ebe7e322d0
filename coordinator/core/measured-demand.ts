import type { InstanceId } from '../../protocol/ids.ts';
import type { InstanceReport, Report } from '../../protocol/messages.ts';
import type { Resources } from '../../protocol/spec.ts';
import { bindingsOf } from './bindings.ts';
import { peakNow, raisePeak } from './peak.ts';
import { type Binding, bindingKey, type Peak, type Peaks, type State } from './state.ts';
import type { Turn } from './turn.ts';

/*
 * What instances are measured to use, beside what they demand: a peak of the smoothed samples, which rises with them and falls slowly, so
 * that nothing moves because of a moment. It counts within bounds around the demand: what idles is not packed to nothing, and what runs
 * wild does not fill a node for the solver.
 */

/** Takes the samples of a report of a whole cycle. */
export function notePeaks(turn: Turn, report: Report): void {
  const { state } = turn;
  const before = state.nodes.get(report.node)?.watch.peaks;
  if (!report.usage || !before) return;
  const peaks = new Map<string, Peaks>();
  for (const one of report.instances) {
    const key = bindingKey(one.instance, one.generation);
    const known = before.get(key) ?? peaksOf(state, one.instance, bindingsOf(state, one.instance));
    const binding = state.bindings.get(key);
    // what an instance does just after its start says little
    const isSettled = binding?.readyAt != null && state.at - binding.readyAt >= state.settings.performance.holdMs;
    if (isSettled && one.state === 'ready') peaks.set(key, raised(state, known, one));
    else if (known) peaks.set(key, known);
  }
  turn.watch(report.node, { peaks });
}

function raised({ settings, at }: State, known: Peaks | null, one: InstanceReport): Peaks {
  const samples = { cpu: one.cpuMillicores, memory: one.memoryBytes };
  const peaks: Record<string, Peak> = { ...known };
  for (const [resource, sample] of Object.entries(samples)) {
    if (sample !== null) peaks[resource] = raisePeak(settings, peaks[resource], sample, at);
  }
  return peaks;
}

/** Of a slot with these bindings, wherever it was measured last; null before it ever was. */
function peaksOf(state: State, instance: InstanceId, bindings: readonly Binding[]): Peaks | null {
  for (const { record } of [...bindings].reverse()) {
    const peaks = state.nodes.get(record.node)?.watch.peaks.get(bindingKey(instance, record.generation));
    if (peaks) return peaks;
  }
  return state.peaksLeft.get(instance) ?? null;
}

export interface Counted {
  readonly resource: string;
  readonly demanded: number;
  readonly measured: number; // peak
  readonly counted: number; // within the bounds
}

/** What was measured of a slot with these bindings, of the resources that its application demands. */
export function countedOf(
  state: State,
  instance: InstanceId,
  bindings: readonly Binding[],
  demand: Resources,
): readonly Counted[] {
  const peaks = peaksOf(state, instance, bindings);
  const { leastShare, mostShare } = state.settings.measuredDemand;
  return Object.entries(peaks ?? {}).flatMap(([resource, peak]) => {
    const demanded = demand[resource] ?? 0;
    if (demanded === 0) return [];
    const measured = Math.ceil(peakNow(state.settings, peak, state.at));
    const most = Math.max(demanded, Math.floor(demanded * mostShare));
    const counted = Math.min(Math.max(measured, Math.ceil(demanded * leastShare)), most);
    return [{ resource, demanded, measured, counted }];
  });
}
