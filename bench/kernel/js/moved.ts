/** What it costs of which service most processes are not at home: assembly/moved.ts. */
import type { KernelProblem } from '../problem.ts';

export function createMoved({ processes, services, serviceMoveWeight }: KernelProblem) {
  const movedOf = new Int32Array(services); // its processes that are not at home
  const servicesMoved = new Int32Array(processes + 2); // per count: services of which so many moved
  let mostMoved = 0;
  servicesMoved[0] = services;

  /** How much more it would cost with `byFirst` more of one service and `bySecond` of another away from home. */
  function delta(first: number, byFirst: number, second: number, bySecond: number): number {
    if (serviceMoveWeight === 0) return 0;
    const before = mostMoved;
    count(first, byFirst);
    count(second, bySecond);
    const after = mostMoved;
    count(second, -bySecond);
    count(first, -byFirst);
    mostMoved = before;
    return serviceMoveWeight * (after - before);
  }

  /** Counts that one of the service has left home, or with -1 that it has come back: by how much the cost rises. */
  function leaveHome(service: number, by: number): number {
    if (serviceMoveWeight === 0) return 0;
    const before = mostMoved;
    count(service, by);
    return serviceMoveWeight * (mostMoved - before);
  }

  function count(service: number, by: number): void {
    if (by === 0) return;
    const before = movedOf[service]!;
    const after = before + by;
    servicesMoved[before]!--;
    servicesMoved[after]!++;
    movedOf[service] = after;
    if (after > mostMoved) mostMoved = after;
    while (servicesMoved[mostMoved] === 0) mostMoved--;
  }

  return { delta, leaveHome };
}
