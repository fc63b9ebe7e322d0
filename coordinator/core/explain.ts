import { costOf } from '../../placement/cost.ts';
import type { Difference } from '../../placement/elsewhere.ts';
import { bestOther, isAllowed, type OtherNode, otherNodesOf } from '../../placement/other-nodes.ts';
import type { Explanation, TermName } from '../../protocol/api.ts';
import { few } from '../../protocol/few.ts';
import type { AppName, InstanceId, NodeName } from '../../protocol/ids.ts';
import { appOf } from '../../protocol/ids.ts';
import { showQuantity } from '../../protocol/quantity.ts';
import type { AppSpec } from '../../protocol/spec.ts';
import { bindingsOf } from './bindings.ts';
import { failingText } from './failed-starts.ts';
import { nodesInOrder } from './liveness.ts';
import { type Counted, countedOf } from './measured-demand.ts';
import { fallsBack, highestRank, priorityOf, rankOn } from './preference.ts';
import { poseProblem } from './problem.ts';
import type { State } from './state.ts';

/*
 * Why an application's instances are where they are: what it would cost more on the best other node, term by term, and for every
 * other node everything that speaks against it.
 */

type Other = Explanation['instances'][number]['others'][number];
type Held = NonNullable<Explanation['instances'][number]['held']>;

export function explainApp(state: State, app: AppName): Explanation | null {
  const record = state.apps.get(app);
  if (!record || record.deleted) return null;
  const { problem, names } = poseProblem(state, { purpose: 'what-if' });
  const placement = problem.instances.map((instance) => instance.home);
  const othersOf = otherNodesOf(problem, placement, showQuantity);
  const maxLoadNow = costOf(problem, placement).maxLoadPpm;
  const { rebalanceGain } = state.settings;
  const instances = names.instances.flatMap((instance, index) => {
    if (appOf(instance) !== app) return [];
    const home = placement[index] ?? -1;
    const weighed = othersOf(index);
    const best = bestOther(weighed);
    const held = best === null ? null : heldBy(names.nodes[best.node]!, best.difference);
    const failed = state.failedStarts.get(app);
    const others = weighed.map((other): Other => {
      const node = names.nodes[other.node]!;
      const tried = failed?.get(node);
      const before = tried ? [`${tried.instance} failed to start there (${tried.why})`] : [];
      return { node, allowed: isAllowed(other), reasons: [...before, ...reasonsOf(other, maxLoadNow, rebalanceGain)] };
    });
    const measured = countedOf(state, instance, bindingsOf(state, instance), record.spec.demand);
    const why = home < 0 ? whyNowhere(state, instance) : whyHere(state, instance, others);
    why.push(...whatIsPreferred(state, record.spec, names.nodes[home]));
    why.push(...measured.filter((one) => one.measured > one.demanded).map(aboveDemand));
    const [here] = bindingsOf(state, instance).filter(({ record: { wanted } }) => wanted);
    const failing = here ? failingText(state, here) : null;
    return [
      { instance, node: names.nodes[home] ?? null, why, ...(failing !== null && { failing }), measured, held, others },
    ];
  });
  return { app, instances };
}

function aboveDemand({ resource, demanded, measured, counted }: Counted): string {
  const [needs, told, held] = [measured, demanded, counted].map((amount) => showQuantity(resource, amount));
  return `it was measured to use ${needs} of ${resource}, more than the ${told} it demands, and counts for ${held}`;
}

/** By what it would cost more elsewhere, in units of one move; what comes before cost in numbers of rules and domains. */
function heldBy(node: NodeName, { breachPpm, domainShortage, soft, terms }: Difference): Held {
  const amounts: [TermName, number][] = [
    ['rules', breachPpm / 1e6],
    ['failure domains', domainShortage],
    ['move', terms.move / 1e9],
    ['load', terms.load / 1e9],
    ['imbalance', terms.imbalance / 1e9],
    ['unease', terms.unease / 1e9],
    ['preference', terms.preference / 1e9],
    ['company', terms.company / 1e9],
  ];
  const held = amounts.filter(([, amount]) => amount !== 0).map(([term, amount]) => ({ term, amount }));
  return { node, terms: held, cost: soft / 1e9 };
}

function reasonsOf({ blockers, barely, difference }: OtherNode, maxLoadNow: number, leastGain: number): string[] {
  if (blockers.length > 0) return [...new Set(blockers.map((blocker) => blocker.text))];
  if (barely !== null) return [`the solver counts ${barely}, in which it does not quite fit`];
  if (difference === null) return ['nothing forbids it: it is about to be placed'];
  return comparison(maxLoadNow, difference, leastGain);
}

/** Rules count before failure domains, and these before everything that has a price: what comes first decides alone. */
function comparison(
  maxLoadNow: number,
  { breachPpm, domainShortage, soft, maxLoadPpm }: Difference,
  leastGain: number,
): string[] {
  const reasons: string[] = [];
  if (breachPpm !== 0)
    reasons.push(breachPpm > 0 ? 'a rule that holds now would be broken' : 'a rule that is broken now would hold');
  if (domainShortage !== 0)
    reasons.push(
      domainShortage > 0
        ? 'replicas would share a failure domain that are apart now'
        : 'replicas would be apart that share a failure domain now',
    );
  const load = (ppm: number) => `${(ppm / 10_000).toFixed(1)} %`;
  reasons.push(
    maxLoadPpm === maxLoadNow
      ? `the highest load would stay at ${load(maxLoadNow)}`
      : `the highest load would be ${load(maxLoadPpm)} in place of ${load(maxLoadNow)}`,
  );
  const price = `${(Math.abs(soft) / 1e9).toFixed(2)} ${soft < 0 ? 'less' : 'more'}`;
  const before = breachPpm || domainShortage;
  if (before > 0) reasons.push(`beside that it would cost ${price}, which does not count against it`);
  else if (before < 0) reasons.push(`beside that it would cost ${price}: it is seen to when load is levelled next`);
  else if (soft >= 0) reasons.push(`in all it would cost ${price}, a move being 1`);
  else if (-soft / 1e9 < leastGain)
    reasons.push(`in all it would cost ${price}: not enough to be worth a change by itself`);
  else reasons.push(`in all it would cost ${price}: it is weighed when load is levelled next`);
  return reasons;
}

function whyHere(state: State, instance: InstanceId, others: readonly Other[]): string[] {
  const bindings = bindingsOf(state, instance).filter(({ record }) => record.wanted);
  const newest = bindings.at(-1);
  const allowed = others.filter((other) => other.allowed).length;
  const isFailing = newest !== undefined && failingText(state, newest) !== null;
  const why = [
    `${allowed} of ${others.length} other nodes could take it too`,
    `it ${isFailing ? 'is' : 'runs'} there as ${newest?.record.role ?? 'active'}, generation ${newest?.record.generation ?? 0}, and leaving costs a move`,
  ];
  const failedUntil = state.stuckUntil.get(instance) ?? Number.NEGATIVE_INFINITY;
  if (failedUntil > state.at)
    why.unshift(`a move of it failed, so it stays for ${Math.ceil((failedUntil - state.at) / 1000)} s`);
  if (newest && state.nodes.get(newest.record.node)?.watch.liveness !== 'alive')
    why.unshift(`${newest.record.node} is not heard, so it is taken to run on there`);
  if (bindings.length > 1) why.unshift(`it is moving there from ${bindings[0]?.record.node}`);
  return why;
}

/** What its preferences say of where it is, and what becomes of it. */
function whatIsPreferred(state: State, spec: AppSpec, home: NodeName | undefined): string[] {
  const highest = highestRank(spec);
  const here = home === undefined ? undefined : state.nodes.get(home);
  if (highest === 0 || !here) return [];
  const rank = rankOn(spec, here);
  const priority = (of: number) => (highest === 1 ? '' : ` (priority ${priorityOf(spec, of)})`);
  const better = nodesInOrder(state).flatMap((node) => {
    const there = rankOn(spec, node);
    return there > rank ? [`${node.record.node}${priority(there)}`] : [];
  });
  const now = rank > 0 ? `${home} is preferred${priority(rank)}` : `${home} is not preferred`;
  if (better.length === 0) return [now];
  const then = fallsBack(spec)
    ? 'it goes there once that can take it'
    : 'it stays where it runs until it has to move (failback: false)';
  return [`${now}; ${few(better)} would be preferred to it: ${then}`];
}

function whyNowhere(state: State, instance: InstanceId): string[] {
  const waiting = state.waiting.get(instance);
  if (waiting) return [...waiting];
  const [revoked] = bindingsOf(state, instance);
  if (revoked) return [`its last instance still has to stop on ${revoked.record.node}`];
  return ['it is about to be placed'];
}
