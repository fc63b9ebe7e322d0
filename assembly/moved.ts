/* What it costs that processes are not at home: each by itself, and of the service of which most have moved each once more. */
import { serviceMoveWeight } from './challenge';
import { addToTotal } from './levels';
import { leaveCost, processes, serviceOf, services } from './problem';

let movedOf = new StaticArray<i32>(0); // per service: its processes that are not at home
let servicesMoved = new StaticArray<i32>(0); // per count: services of which so many moved
let mostMoved: i32 = 0;

export function startMoved(): void {
  if (serviceMoveWeight == 0) return;
  movedOf = new StaticArray<i32>(services);
  servicesMoved = new StaticArray<i32>(processes + 2);
  servicesMoved[0] = services;
}

/** How much more moved processes cost where `byFirst` more of one service and `bySecond` of another have left home. */
export function serviceMoveDelta(first: i32, byFirst: i32, second: i32, bySecond: i32): i64 {
  if (serviceMoveWeight == 0 || (byFirst == 0 && bySecond == 0)) return 0;
  const before = mostMoved;
  countMoved(first, byFirst);
  countMoved(second, bySecond);
  const after = mostMoved;
  countMoved(second, -bySecond);
  countMoved(first, -byFirst);
  mostMoved = before;
  return serviceMoveWeight * <i64>(after - before);
}

function countMoved(service: i32, by: i32): void {
  if (by == 0) return;
  servicesMoved[movedOf[service]]--;
  movedOf[service] += by;
  servicesMoved[movedOf[service]]++;
  if (movedOf[service] > mostMoved) mostMoved = movedOf[service];
  while (servicesMoved[mostMoved] == 0) mostMoved--;
}

/** Counts that a process has left home, or with -1 that it has come back. */
export function leaveHome(process: i32, by: i32): void {
  addToTotal(<i64>by * leaveCost[process]);
  if (serviceMoveWeight == 0) return;
  const before = mostMoved;
  countMoved(serviceOf[process], by);
  addToTotal(serviceMoveWeight * <i64>(mostMoved - before));
}
