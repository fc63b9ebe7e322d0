import type { InstanceId } from '../../protocol/ids.ts';
import { appOf } from '../../protocol/ids.ts';
import { bindingsOf, bindingsOn, isReady } from './bindings.ts';
import { nodesInOrder } from './liveness.ts';
import { pressureIsLocal } from './problem.ts';
import { nodeUnderPressure } from './reports.ts';
import { bindingKey, type State } from './state.ts';

/* What is not as fast as it should be, and which of it would gain most by a move. */

export interface Trouble {
  readonly instance: InstanceId;
  readonly reason: string;
  readonly ratio: number;
}

/** The instance whose move is most called for: it misses its objective for long, or its node is under lasting pressure. */
export function worstTrouble(state: State): Trouble | null {
  const troubles: Trouble[] = [];
  for (const binding of troubleIsLocal(state) ? state.bindings.values() : []) {
    const { record } = binding;
    const spec = state.apps.get(record.app)?.spec;
    const track = state.performance.get(bindingKey(record.instance, record.generation));
    if (
      !spec?.objective ||
      !track ||
      track.value === null ||
      track.missedSince === null ||
      !mayMove(state, record.instance)
    )
      continue;
    const heldMs = state.at - track.missedSince;
    // below its target again, though not by enough to have met it: no cause for a move now
    if (heldMs < state.settings.performance.holdMs || track.value <= spec.objective.target) continue;
    const unit = spec.objective.kind === 'latency' ? ' ms' : spec.objective.kind === 'cpu' ? ' %' : '';
    troubles.push({
      instance: record.instance,
      ratio: track.value / spec.objective.target,
      reason: `${record.instance} on ${record.node} has missed its ${spec.objective.kind} objective for ${(heldMs / 1000).toFixed(0)} s (${round(track.value)}${unit}, target ${round(spec.objective.target)}${unit})`,
    });
  }
  troubles.push(...pressureTroubles(state));
  troubles.sort((a, b) => b.ratio - a.ratio || (a.instance < b.instance ? -1 : 1));
  return troubles[0] ?? null;
}

/** Where most instances miss their objectives at once, the cause is not one node, and moving between nodes helps nobody. */
function troubleIsLocal(state: State): boolean {
  const tracks = [...state.performance.values()];
  return tracks.length < 3 || tracks.filter((track) => track.missedSince !== null).length * 2 <= tracks.length;
}

const round = (value: number) => (value >= 10 ? value.toFixed(0) : value.toFixed(2));

function mayMove(state: State, instance: InstanceId): boolean {
  if ((state.coolUntil.get(appOf(instance)) ?? Number.NEGATIVE_INFINITY) > state.at) return false;
  const bindings = bindingsOf(state, instance);
  const [only] = bindings;
  return bindings.length === 1 && only !== undefined && state.nodes.get(only.record.node)?.watch.liveness === 'alive';
}

/** Of what instances use on a node: one that uses less than this share adds nothing to its pressure. */
const ADDING_SHARE = 0.1;

/** Of a node under lasting pressure, the least important instance of those that add to it, and of these the one that uses most CPU. */
function pressureTroubles(state: State): Trouble[] {
  const nodes = nodesInOrder(state);
  if (!pressureIsLocal(state, nodes)) return [];
  return nodes.flatMap(({ record, watch }) => {
    if (!nodeUnderPressure(state, watch)) return [];
    const movable = bindingsOn(state, record.node)
      .filter((binding) => mayMove(state, binding.record.instance) && isReady(state, binding))
      .map((binding) => ({
        instance: binding.record.instance,
        priority: state.apps.get(binding.record.app)?.spec.priority ?? 0,
        cpu: watch.actual.get(bindingKey(binding.record.instance, binding.record.generation))?.cpuMillicores ?? 0,
      }))
      .sort((a, b) => a.priority - b.priority || b.cpu - a.cpu);
    const all = movable.reduce((sum, { cpu }) => sum + cpu, 0);
    const first = movable.find(({ cpu }) => cpu > 0 && cpu >= ADDING_SHARE * all);
    if (!first || movable.length < 2) return []; // the only instance would take its pressure with it
    const limit = state.settings.performance.pressurePercent;
    return [
      {
        instance: first.instance,
        ratio: (watch.pressure?.value ?? 0) / limit,
        reason: `${record.node} has been under CPU pressure (${round(watch.pressure?.value ?? 0)} %, limit ${limit} %), to which ${first.instance} adds`,
      },
    ];
  });
}
