/* What the host sees: allocate, fill the arrays, start(seed), run(steps) as often as it likes, read the best placement. */
import * as problem from './problem';

export { bestBreachPpm, bestPlacement, bestShortageCount, bestSoftCost } from './change';
export * from './general';
export {
  allocatePreferences,
  nearAt,
  nearCostAt,
  nearStartAt,
  placeCostAt,
  placeRowAt,
  soughtAt,
  soughtCostAt,
  soughtStartAt,
} from './preference';
export { allocate, setWeights } from './problem';
export { run, start } from './search';

export function capacityAt(): usize {
  return changetype<usize>(problem.capacity);
}
export function limitAt(): usize {
  return changetype<usize>(problem.limit);
}
export function meanAt(): usize {
  return changetype<usize>(problem.mean);
}
export function domainOfAt(): usize {
  return changetype<usize>(problem.domainOf);
}
export function opennessAt(): usize {
  return changetype<usize>(problem.openness);
}
export function demandAt(): usize {
  return changetype<usize>(problem.demand);
}
export function applicationOfAt(): usize {
  return changetype<usize>(problem.applicationOf);
}
export function classOfAt(): usize {
  return changetype<usize>(problem.classOf);
}
export function homeAt(): usize {
  return changetype<usize>(problem.home);
}
export function pinnedAt(): usize {
  return changetype<usize>(problem.pinned);
}
export function stayCostAt(): usize {
  return changetype<usize>(problem.stayCost);
}
export function stopCostAt(): usize {
  return changetype<usize>(problem.stopCost);
}
export function leaveCostAt(): usize {
  return changetype<usize>(problem.leaveCost);
}
export function homeBreachAt(): usize {
  return changetype<usize>(problem.homeBreach);
}
export function permittedRowAt(): usize {
  return changetype<usize>(problem.permittedRow);
}
export function permittedAt(): usize {
  return changetype<usize>(problem.permitted);
}
export function spreadRowAt(): usize {
  return changetype<usize>(problem.spreadRow);
}
export function spreadNeedAt(): usize {
  return changetype<usize>(problem.spreadNeed);
}
export function memberStartAt(): usize {
  return changetype<usize>(problem.memberStart);
}
export function memberAt(): usize {
  return changetype<usize>(problem.member);
}
export function affinityStartAt(): usize {
  return changetype<usize>(problem.affinityStart);
}
export function affinityAt(): usize {
  return changetype<usize>(problem.affinity);
}
export function dependentStartAt(): usize {
  return changetype<usize>(problem.dependentStart);
}
export function dependentAt(): usize {
  return changetype<usize>(problem.dependent);
}
export function antiStartAt(): usize {
  return changetype<usize>(problem.antiStart);
}
export function antiAt(): usize {
  return changetype<usize>(problem.anti);
}
export function orderAt(): usize {
  return changetype<usize>(problem.order);
}
