import type { AppName, InstanceId, NodeName } from '../../protocol/ids.ts';
import { appOf } from '../../protocol/ids.ts';
import type { AppSpec, FailedStart as Rule } from '../../protocol/spec.ts';
import { actualOf, bindingsOf } from './bindings.ts';
import { revoke } from './moving.ts';
import { runtimeHash } from './runtime-hash.ts';
import type { Binding, FailedStart, State } from './state.ts';
import type { Turn } from './turn.ts';

/*
 * Instances that fail to start: once the tries on a node are used up, the next one is on another, as often as the spec allows;
 * then it ends in a stated error. The nodes are remembered for a while, by this coordinator alone: the next one learns them anew.
 */

/** A node is tried again after this long. */
const FORGET_MS = 3_600_000;

const DEFAULT: Rule = { restarts: 5, relocations: 2, readyMs: 300_000, giveUp: false };

export function ruleOf(spec: AppSpec | undefined): Rule {
  return spec?.failedStart ?? DEFAULT;
}

/** Notes whose starts have failed by now, and who runs after all. */
export function watchStarts(turn: Turn): void {
  const { state } = turn;
  for (const binding of [...state.bindings.values()]) {
    const { app, node, wanted } = binding.record;
    if (!wanted || state.nodes.get(node)?.watch.liveness !== 'alive') continue;
    if (failedStartOf(state, binding)) {
      watchRecovery(turn, binding);
      continue;
    }
    const spec = state.apps.get(app)?.spec;
    const why = spec && binding.record.specHash === runtimeHash(spec) ? failureOf(state, binding, spec) : null;
    if (spec && why !== null) note(turn, binding, spec, why);
  }
  forgetOld(turn);
}

/** Why its start has failed; null where it has not, or may still succeed. */
function failureOf(state: State, binding: Binding, spec: AppSpec): string | null {
  const actual = actualOf(state, binding);
  if (actual?.state !== 'backoff' && actual?.state !== 'starting') return null;
  const { restarts, readyMs } = ruleOf(spec);
  const detail = actual.detail.trim();
  if ((actual.failures ?? 0) > restarts) return detail || 'it ends by itself';
  const lateMs = state.at - binding.since;
  if (binding.readyAt !== null || lateMs < readyMs) return null;
  return `not ready for ${Math.round(lateMs / 1000)} s${detail === '' ? '' : `, ${detail}`}`;
}

function note(turn: Turn, binding: Binding, spec: AppSpec, why: string): void {
  const { state } = turn;
  const { instance, generation, app, node } = binding.record;
  const counts = bindingsOf(state, instance).length === 1;
  put(turn, app, node, { instance, generation, at: state.at, why, counts, wellSince: null, isTold: false });
  turn.reconsider(`${instance} fails to start on ${node}`);
  if (!counts) return; // a move: that it has failed is told there
  const isLast = isUsedUp(state, instance);
  const where = { node, instance, app };
  if (!isLast)
    turn.journal({
      kind: 'instance',
      severity: 'warning',
      ...where,
      text: `${instance} fails to start on ${node} (${why}): it is tried elsewhere.`,
    });
  else turn.journal({ kind: 'instance', severity: 'error', ...where, text: `${failureText(state, instance)}.` });
  if (!isLast || !ruleOf(spec).giveUp) return;
  turn.put('targets', instance, null);
  turn.put('waiting', instance, [failureText(state, instance)]);
  revoke(turn, binding, 'it fails to start, and is given up');
}

/** Having run for as long as the longest back-off clears the record, here as at the agent. */
function watchRecovery(turn: Turn, binding: Binding): void {
  const { state } = turn;
  const { app, node, instance } = binding.record;
  const failed = failedStartOf(state, binding)!;
  const isWell = actualOf(state, binding)?.state === 'ready';
  if (!isWell && failed.wellSince !== null) {
    put(turn, app, node, { ...failed, wellSince: null });
    // while it seemed to run it was left where it is
    if (mustLeave(turn.state, binding) && !failed.isTold) turn.reconsider(`${instance} fails on ${node} again`);
  }
  if (!isWell) return;
  if (failed.wellSince === null) return put(turn, app, node, { ...failed, wellSince: state.at });
  if (state.at - failed.wellSince < (state.apps.get(app)?.spec.runtime.restart.maxBackoffMs ?? 0)) return;
  put(turn, app, node, null);
  turn.journal({ kind: 'instance', node, instance, app, text: `${instance} runs on ${node} after all.` });
}

function forgetOld(turn: Turn): void {
  for (const [app, nodes] of [...turn.state.failedStarts])
    for (const [node, { at }] of nodes)
      if (turn.state.at - at >= FORGET_MS) {
        put(turn, app, node, null);
        turn.reconsider(`${app} may be tried on ${node} again`);
      }
}

function put(turn: Turn, app: AppName, node: NodeName, failed: FailedStart | null): void {
  const nodes = new Map(turn.state.failedStarts.get(app));
  if (failed === null) nodes.delete(node);
  else nodes.set(node, failed);
  turn.put('failedStarts', app, nodes.size === 0 ? null : nodes);
}

/** That this very start of it has failed. */
export function failedStartOf(state: State, { record }: Binding): FailedStart | undefined {
  const failed = state.failedStarts.get(record.app)?.get(record.node);
  return failed?.instance === record.instance && failed.generation === record.generation ? failed : undefined;
}

/** All its tries are used up. */
function isUsedUp(state: State, instance: InstanceId): boolean {
  const tries = [...(state.failedStarts.get(appOf(instance))?.values() ?? [])];
  const used = tries.filter((failed) => failed.instance === instance && failed.counts).length;
  return used > ruleOf(state.apps.get(appOf(instance))?.spec).relocations;
}

/** It has failed to start where it is, and may be tried elsewhere. */
export function mustLeave(state: State, binding: Binding): boolean {
  const failed = failedStartOf(state, binding);
  return failed !== undefined && failed.wellSince === null && !isUsedUp(state, binding.record.instance);
}

/** It has been stopped, and is placed no more until it is applied again or its failures are forgotten. */
export function isGivenUp(state: State, instance: InstanceId): boolean {
  // in this order: it is asked for every instance, and to look for its bindings is what costs
  if (!ruleOf(state.apps.get(appOf(instance))?.spec).giveUp || !isUsedUp(state, instance)) return false;
  return !bindingsOf(state, instance).some(({ record }) => record.wanted);
}

/** Nodes where the application could not be started, but for those where it is all the same. */
export function avoidedBy(state: State, app: AppName): NodeName[] {
  const nodes = [...(state.failedStarts.get(app)?.keys() ?? [])];
  if (nodes.length === 0) return nodes;
  const here = [...state.bindings.values()].filter(({ record }) => record.app === app && record.wanted);
  return nodes.filter((node) => {
    const on = here.filter(({ record }) => record.node === node);
    return on.length === 0 || on.some((binding) => mustLeave(state, binding));
  });
}

/** Tells once that a failing instance has nowhere else to go. */
export function tellNowhere(turn: Turn, binding: Binding): void {
  const failed = failedStartOf(turn.state, binding);
  if (!failed || failed.isTold) return;
  const { app, node, instance } = binding.record;
  put(turn, app, node, { ...failed, isTold: true });
  turn.journal({
    kind: 'decision',
    severity: 'warning',
    node,
    instance,
    app,
    text: `${instance} fails to start on ${node} (${failed.why}), and no other node can take it: it is tried there again and again.`,
  });
}

/** `web/0 fails to start on N1 and N2 (exit code 127): …`, with what is done about it; no full stop. */
export function failureText(state: State, instance: InstanceId): string {
  const all = [...(state.failedStarts.get(appOf(instance)) ?? [])].filter(([, one]) => one.instance === instance);
  const nodes = all.map(([node]) => node);
  const [why] = all.map(([, one]) => one.why).slice(-1);
  const where = nodes.length > 1 ? `${nodes.slice(0, -1).join(', ')} and ${nodes.at(-1)}` : (nodes[0] ?? '');
  const says = `${instance} fails to start on ${where} (${why})`;
  if (!isUsedUp(state, instance)) return `${says} and is to be tried elsewhere`;
  const { giveUp } = ruleOf(state.apps.get(appOf(instance))?.spec);
  const course = giveUp ? 'it is given up' : 'it is tried there on and on, and nowhere else';
  return `${says}: ${course}. Its output on the node says more; put that right, then apply ${appOf(instance)} again`;
}

/** The same, of a start that has failed and does not run after all; null for any other. */
export function failingText(state: State, binding: Binding): string | null {
  const failed = failedStartOf(state, binding);
  return failed?.wellSince === null ? failureText(state, binding.record.instance) : null;
}

/** What was put right may work now: everything is tried afresh. Returns whether there was anything to forget. */
export function forgetApp(turn: Turn, app: AppName): boolean {
  if (!turn.state.failedStarts.has(app)) return false;
  turn.put('failedStarts', app, null);
  return true;
}
export function forgetNode(turn: Turn, node: NodeName): void {
  for (const [app, nodes] of [...turn.state.failedStarts]) if (nodes.has(node)) put(turn, app, node, null);
}
