import { bindingsOf, bindingsOfApp, isReady, mayBeActive, possiblyActive } from './bindings.ts';
import { type Binding, byName, type State } from './state.ts';
import type { Turn } from './turn.ts';

/**
 * Makes standbys active where actives are missing, in the very step in which that is known. Never while one that may still
 * be active is not proved stopped: a handover therefore ends by itself, when the old instance is confirmed gone.
 */
export function balanceRoles(turn: Turn): void {
  const { state } = turn;
  for (const app of [...state.apps.values()].sort((a, b) => byName(a.spec.name, b.spec.name))) {
    if (app.deleted) continue;
    const { name, replicas } = app.spec;
    for (let missing = replicas - possiblyActive(state, name); missing > 0; missing--) {
      const next = bestStandby(state, app.spec.name);
      if (!next) break;
      setRole(
        turn,
        next,
        'active',
        `${next.record.instance} on ${next.record.node} is promoted from standby to active.`,
      );
    }
    const actives = bindingsOfApp(state, name)
      .filter(({ record }) => record.wanted && record.role === 'active')
      .sort((a, b) => Number(isReady(state, b)) - Number(isReady(state, a))); // those that work stay active
    for (const surplus of actives.slice(replicas))
      setRole(
        turn,
        surplus,
        'standby',
        `${surplus.record.instance} on ${surplus.record.node} becomes standby: ${replicas} active are wanted.`,
      );
  }
}

function bestStandby(state: State, app: Binding['record']['app']): Binding | undefined {
  return bindingsOfApp(state, app)
    .filter(
      (binding) =>
        binding.record.wanted &&
        binding.record.role === 'standby' &&
        state.nodes.get(binding.record.node)?.watch.liveness === 'alive' &&
        !hasActiveTwin(state, binding),
    )
    .sort((a, b) => Number(isReady(state, b)) - Number(isReady(state, a)) || b.since - a.since)[0];
}

/** The slot's older instance, which this one is to take over from, may still be active. */
function hasActiveTwin(state: State, binding: Binding): boolean {
  return bindingsOf(state, binding.record.instance).some((twin) => twin !== binding && mayBeActive(state, twin));
}

function setRole(turn: Turn, binding: Binding, role: 'active' | 'standby', text: string): void {
  const { record } = binding;
  turn.putBinding({ ...binding, record: { ...record, role, demotedAt: role === 'standby' ? 0 : null } });
  turn.journal({
    kind: 'step',
    severity: 'notice',
    node: record.node,
    instance: record.instance,
    app: record.app,
    text,
  });
}
