import { blockersOf } from '../../placement/blockers.ts';
import { compareCosts, costOf } from '../../placement/cost.ts';
import type { Explanation } from '../../protocol/api.ts';
import type { AppName, InstanceId } from '../../protocol/ids.ts';
import { appOf } from '../../protocol/ids.ts';
import { showQuantity } from '../../protocol/quantity.ts';
import { bindingsOf } from './bindings.ts';
import { type PosedProblem, poseProblem } from './problem.ts';
import type { State } from './state.ts';

/* Why an application's instances are where they are, and for every other node everything that speaks against it. */

type Others = Explanation['instances'][number]['others'];

export function explainApp(state: State, app: AppName): Explanation | null {
  const record = state.apps.get(app);
  if (!record || record.deleted) return null;
  const posed = poseProblem(state, { purpose: 'what-if' });
  const placement = posed.problem.instances.map((instance) => instance.home);
  const instances = posed.names.instances.flatMap((instance, index) => {
    if (appOf(instance) !== app) return [];
    const home = placement[index] ?? -1;
    const others = othersFor(posed, placement, index);
    return [
      {
        instance,
        node: posed.names.nodes[home] ?? null,
        why: home < 0 ? whyNowhere(state, instance) : whyHere(state, instance, others),
        others,
      },
    ];
  });
  return { app, instances };
}

function othersFor({ problem, names }: PosedProblem, placement: readonly number[], index: number): Others {
  const home = placement[index] ?? -1;
  const today = costOf(problem, placement);
  return names.nodes.flatMap((name, n): Others[number][] => {
    if (n === home) return [];
    const blockers = blockersOf(problem, placement, index, n, showQuantity);
    if (blockers.length > 0) return [{ node: name, allowed: false, reasons: blockers.map((blocker) => blocker.text) }];
    if (home < 0) return [{ node: name, allowed: true, reasons: ['nothing forbids it: it is about to be placed'] }];
    const there = costOf(
      problem,
      placement.map((node, i) => (i === index ? n : node)),
    );
    return [{ node: name, allowed: true, reasons: comparison(today, there, compareCosts(there, today)) }];
  });
}

function comparison(today: ReturnType<typeof costOf>, there: ReturnType<typeof costOf>, difference: number): string[] {
  const reasons: string[] = [];
  if (there.domainShortage > today.domainShortage)
    reasons.push('replicas would share a failure domain that are apart now');
  if (there.breachPpm > today.breachPpm) reasons.push('a rule that holds now would be broken');
  const load = (ppm: number) => `${(ppm / 10_000).toFixed(1)} %`;
  reasons.push(
    there.maxLoadPpm === today.maxLoadPpm
      ? `the highest load would stay at ${load(today.maxLoadPpm)}`
      : `the highest load would be ${load(there.maxLoadPpm)} in place of ${load(today.maxLoadPpm)}`,
  );
  const soft = (there.soft - today.soft) / 1e9;
  if (difference >= 0) reasons.push(`in all it would cost ${soft.toFixed(2)} more, a move being 1`);
  else reasons.push(`in all it would cost ${(-soft).toFixed(2)} less: not enough to be worth a change by itself`);
  return reasons;
}

function whyHere(state: State, instance: InstanceId, others: Others): string[] {
  const bindings = bindingsOf(state, instance).filter(({ record }) => record.wanted);
  const newest = bindings.at(-1);
  const allowed = others.filter((other) => other.allowed).length;
  const why = [
    `${allowed} of ${others.length} other nodes could take it too`,
    `it runs there as ${newest?.record.role ?? 'active'}, generation ${newest?.record.generation ?? 0}, and leaving costs a move`,
  ];
  if (bindings.length > 1) why.unshift(`it is moving there from ${bindings[0]?.record.node}`);
  return why;
}

function whyNowhere(state: State, instance: InstanceId): string[] {
  const waiting = state.waiting.get(instance);
  if (waiting) return [...waiting];
  const [revoked] = bindingsOf(state, instance);
  if (revoked) return [`its last instance still has to stop on ${revoked.record.node}`];
  return ['it is about to be placed'];
}
