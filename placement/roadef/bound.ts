import type { RoadefModel } from './model.ts';

/**
 * A cost that no assignment can be below: load and balance as if all machines were one. Move costs count as nothing.
 */
export function roadefLowerBound(model: RoadefModel): number {
  const resources = model.resources.length;
  const sum = (values: Uint32Array, r: number) => {
    let total = 0;
    for (let k = r; k < values.length; k += resources) total += values[k]!;
    return total;
  };
  let bound = 0;
  model.resources.forEach(({ loadWeight }, r) => {
    bound += loadWeight * Math.max(0, sum(model.need, r) - sum(model.safety, r));
  });
  for (const { first, second, target, weight } of model.balances) {
    const left = (r: number) => sum(model.capacity, r) - sum(model.need, r);
    bound += weight * Math.max(0, target * left(first) - left(second));
  }
  return bound;
}
