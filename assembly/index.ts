/*
 * What the host sees: allocate, fill the arrays, start, set the heat and anneal as often as it likes, read the best placement. One
 * wasm instance for each problem.
 */
import * as rest from './best';
import * as challenge from './challenge';
import * as cluster from './cluster';
import * as levels from './levels';
import * as lists from './lists';
import * as loads from './load';
import * as problem from './problem';

export { allocateChallenge, setChallengeWeights } from './challenge';
export { allocateCluster, setClusterWeights, setColumns, setMostMoves } from './cluster';
export { weighLargest } from './grain';
export { setHeat } from './heat';
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
export { allocate } from './problem';
export { adopt, anneal, returnToBest, setClusterShares, setShares, start } from './search';

export function bestAt(): usize {
  return changetype<usize>(rest.best);
}
export function bestCost(): f64 {
  return <f64>rest.bestCost;
}
export function bestBreach(): f64 {
  return <f64>rest.bestBreach;
}
export function bestShortage(): i32 {
  return rest.bestShortage;
}
export function presentAt(): usize {
  return changetype<usize>(lists.machineOf);
}
export function presentCost(): f64 {
  return <f64>loads.cost();
}
export function presentBreach(): f64 {
  return <f64>levels.breach;
}
export function presentShortage(): i32 {
  return levels.shortage;
}
export function movedCount(): i32 {
  return lists.awayCount;
}

export function roomAt(): usize {
  return changetype<usize>(problem.room);
}
export function recordAt(): usize {
  return changetype<usize>(problem.record);
}
export function locationOfAt(): usize {
  return changetype<usize>(problem.locationOf);
}
export function serviceOfAt(): usize {
  return changetype<usize>(problem.serviceOf);
}
export function homeAt(): usize {
  return changetype<usize>(problem.home);
}
export function leaveCostAt(): usize {
  return changetype<usize>(problem.leaveCost);
}
export function conflictRowAt(): usize {
  return changetype<usize>(problem.conflictRow);
}
export function spreadRowAt(): usize {
  return changetype<usize>(problem.spreadRow);
}
export function spreadMinAt(): usize {
  return changetype<usize>(problem.spreadMin);
}

export function transientMaskAt(): usize {
  return changetype<usize>(challenge.transientMask);
}
export function loadWeightAt(): usize {
  return changetype<usize>(challenge.loadWeight);
}
export function neighbourhoodOfAt(): usize {
  return changetype<usize>(challenge.neighbourhoodOf);
}
export function moveCostAt(): usize {
  return changetype<usize>(challenge.moveCost);
}
export function balanceFirstAt(): usize {
  return changetype<usize>(challenge.balanceFirst);
}
export function balanceSecondAt(): usize {
  return changetype<usize>(challenge.balanceSecond);
}
export function balanceTargetAt(): usize {
  return changetype<usize>(challenge.balanceTarget);
}
export function balanceWeightAt(): usize {
  return changetype<usize>(challenge.balanceWeight);
}
export function dependencyRowAt(): usize {
  return changetype<usize>(challenge.dependencyRow);
}
export function dependencyStartAt(): usize {
  return changetype<usize>(challenge.dependencyStart);
}
export function dependencyAt(): usize {
  return changetype<usize>(challenge.dependency);
}
export function needingStartAt(): usize {
  return changetype<usize>(challenge.needingStart);
}
export function needingAt(): usize {
  return changetype<usize>(challenge.needing);
}

export function opennessAt(): usize {
  return changetype<usize>(cluster.openness);
}
export function capacityAt(): usize {
  return changetype<usize>(cluster.capacity);
}
export function meanAt(): usize {
  return changetype<usize>(cluster.mean);
}
export function classOfAt(): usize {
  return changetype<usize>(cluster.classOf);
}
export function pinnedAt(): usize {
  return changetype<usize>(cluster.pinned);
}
export function waitCostAt(): usize {
  return changetype<usize>(cluster.waitCost);
}
export function homeBreachAt(): usize {
  return changetype<usize>(cluster.homeBreach);
}
export function orderAt(): usize {
  return changetype<usize>(cluster.order);
}
export function permittedRowAt(): usize {
  return changetype<usize>(cluster.permittedRow);
}
export function permittedAt(): usize {
  return changetype<usize>(cluster.permitted);
}
export function affinityStartAt(): usize {
  return changetype<usize>(cluster.affinityStart);
}
export function affinityAt(): usize {
  return changetype<usize>(cluster.affinity);
}
export function dependentStartAt(): usize {
  return changetype<usize>(cluster.dependentStart);
}
export function dependentAt(): usize {
  return changetype<usize>(cluster.dependent);
}
export function antiStartAt(): usize {
  return changetype<usize>(cluster.antiStart);
}
export function antiAt(): usize {
  return changetype<usize>(cluster.anti);
}
