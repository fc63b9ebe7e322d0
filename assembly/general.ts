/* What the host sees of the general problem: allocate, fill the arrays, start, then set the heat and anneal. */
import * as problem from './general-problem';

export { allocateGeneral, setGeneralWeights } from './general-problem';
export {
  adoptGeneral,
  anneal,
  bestGeneral,
  bestGeneralCost,
  movedGeneral,
  presentGeneral,
  presentGeneralCost,
  returnToBestGeneral,
  setShares,
  startGeneral,
} from './general-search';
export { setHeat } from './heat';

export function generalRoomAt(): usize {
  return changetype<usize>(problem.room);
}
export function generalRecordAt(): usize {
  return changetype<usize>(problem.record);
}
export function generalTransientMaskAt(): usize {
  return changetype<usize>(problem.transientMask);
}
export function generalLoadWeightAt(): usize {
  return changetype<usize>(problem.loadWeight);
}
export function generalLocationOfAt(): usize {
  return changetype<usize>(problem.locationOf);
}
export function generalNeighbourhoodOfAt(): usize {
  return changetype<usize>(problem.neighbourhoodOf);
}
export function generalServiceOfAt(): usize {
  return changetype<usize>(problem.serviceOf);
}
export function generalHomeAt(): usize {
  return changetype<usize>(problem.home);
}
export function generalLeaveCostAt(): usize {
  return changetype<usize>(problem.leaveCost);
}
export function generalMoveCostAt(): usize {
  return changetype<usize>(problem.moveCost);
}
export function generalBalanceFirstAt(): usize {
  return changetype<usize>(problem.balanceFirst);
}
export function generalBalanceSecondAt(): usize {
  return changetype<usize>(problem.balanceSecond);
}
export function generalBalanceTargetAt(): usize {
  return changetype<usize>(problem.balanceTarget);
}
export function generalBalanceWeightAt(): usize {
  return changetype<usize>(problem.balanceWeight);
}
export function generalConflictRowAt(): usize {
  return changetype<usize>(problem.conflictRow);
}
export function generalSpreadRowAt(): usize {
  return changetype<usize>(problem.spreadRow);
}
export function generalSpreadMinAt(): usize {
  return changetype<usize>(problem.spreadMin);
}
export function generalDependencyRowAt(): usize {
  return changetype<usize>(problem.dependencyRow);
}
export function generalDependencyStartAt(): usize {
  return changetype<usize>(problem.dependencyStart);
}
export function generalDependencyAt(): usize {
  return changetype<usize>(problem.dependency);
}
export function generalDependentStartAt(): usize {
  return changetype<usize>(problem.dependentStart);
}
export function generalDependentAt(): usize {
  return changetype<usize>(problem.dependent);
}
