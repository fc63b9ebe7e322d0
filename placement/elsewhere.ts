import {
  type Cost,
  compareCosts,
  imbalanceWeight,
  leaveCost,
  loadWeight,
  meanLoadsPpm,
  placeCost,
  type SoftTerms,
  shortageOf,
  stayCost,
} from './cost.ts';
import { companyOn, loadOn, PPM, rulesBrokenOn } from './node-cost.ts';
import type { Problem } from './problem.ts';
import { antiAffinities, usableDomains } from './rules.ts';

/** By how much each part of the cost would rise. */
export type Difference = Pick<Cost, 'breachPpm' | 'domainShortage' | 'soft' | 'terms'> & {
  readonly maxLoadPpm: number; // what it would be, not by how much it would rise
};

/**
 * What would change if an instance that runs went to another node and all others stayed: as two calls of `costOf` would say, but
 * worked out from the two nodes alone, so that all nodes of a large cluster can be asked about.
 */
export function weighElsewhere(
  problem: Problem,
  placement: readonly number[],
): (instance: number, node: number) => Difference {
  const means = meanLoadsPpm(problem);
  const anti = antiAffinities(problem);
  const usable = usableDomains(problem);
  const onNode = problem.nodes.map(() => [] as number[]);
  const ofApplication = problem.applications.map(() => [] as number[]);
  placement.forEach((node, i) => {
    if (node < 0) return;
    onNode[node]!.push(i);
    ofApplication[problem.instances[i]!.application]!.push(i);
  });
  const on = (here: readonly number[], node: number) => ({
    ...loadOn(problem, means, here, node),
    broken: rulesBrokenOn(problem, anti, here, node),
    company: companyOn(problem, here),
  });
  const now = onNode.map(on);
  const fullestOpen = threeHighest(now.map((one) => one.openPpm));
  const fullest = threeHighest(now.map((one) => one.highestPpm));

  return (instance, to) => {
    const from = placement[instance]!;
    const { application, home } = problem.instances[instance]!;
    const left = on(
      onNode[from]!.filter((i) => i !== instance),
      from,
    );
    const joined = on([...onNode[to]!, instance], to);
    const rise = (part: 'squares' | 'excessPpm' | 'broken' | 'company') =>
      left[part] + joined[part] - now[from]![part] - now[to]![part];
    const others = (list: readonly Peak[]) => list.find(({ node }) => node !== from && node !== to)?.ppm ?? 0;
    const highestThen = Math.max(others(fullestOpen), left.openPpm, joined.openPpm);
    const unease = stayCost(problem, instance);
    const leaving = leaveCost(problem, instance);
    const terms: SoftTerms = {
      load: loadWeight(problem) * (highestThen - (fullestOpen[0]?.ppm ?? 0)),
      imbalance: imbalanceWeight(problem) * rise('squares'),
      move: (to === home ? 0 : leaving) - (from === home ? 0 : leaving),
      stop: 0,
      unease: (to === home ? unease : 0) - (from === home ? unease : 0),
      preference: placeCost(problem, application, to) - placeCost(problem, application, from),
      company: rise('company'),
    };
    const domainsWith = (node: number) =>
      ofApplication[application]!.map((i) => problem.nodes[i === instance ? node : placement[i]!]!.domain);
    return {
      breachPpm: rise('excessPpm') + PPM * rise('broken'),
      domainShortage:
        shortageOf(problem, usable, application, domainsWith(to)) -
        shortageOf(problem, usable, application, domainsWith(from)),
      soft: Object.values(terms).reduce((sum, term) => sum + term, 0),
      terms,
      maxLoadPpm: Math.max(others(fullest), left.highestPpm, joined.highestPpm),
    };
  };
}

/** Negative when a is the better place. */
export function compareDifferences(a: Difference, b: Difference): number {
  return compareCosts({ ...a, waiting: [], moves: 0 }, { ...b, waiting: [], moves: 0 });
}

interface Peak {
  readonly node: number;
  readonly ppm: number;
}

/** Enough to say the highest of all nodes but two. */
function threeHighest(ppm: readonly number[]): readonly Peak[] {
  return ppm
    .map((value, node) => ({ node, ppm: value }))
    .sort((a, b) => b.ppm - a.ppm)
    .slice(0, 3);
}
