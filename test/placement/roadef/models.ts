import fc from 'fast-check';
import type { RoadefModel } from '../../../placement/roadef/model.ts';

/** The text of a model as the challenge writes it. */
export function modelText(model: RoadefModel): string {
  const resources = model.resources.length;
  const slice = (values: ArrayLike<number>, row: number, length: number) =>
    Array.from({ length }, (_, k) => values[row * length + k]);
  const lines: (readonly (number | undefined)[])[] = [[resources]];
  for (const one of model.resources) lines.push([one.transient ? 1 : 0, one.loadWeight]);
  lines.push([model.machines]);
  for (let m = 0; m < model.machines; m++) {
    lines.push([
      model.neighbourhood[m],
      model.location[m],
      ...slice(model.capacity, m, resources),
      ...slice(model.safety, m, resources),
      ...slice(model.machineMoveCost, m, model.machines),
    ]);
  }
  lines.push([model.services.length]);
  for (const one of model.services) lines.push([one.spreadMin, one.dependsOn.length, ...one.dependsOn]);
  lines.push([model.processes]);
  for (let p = 0; p < model.processes; p++) {
    lines.push([model.service[p], ...slice(model.need, p, resources), model.processMoveCost[p]]);
  }
  lines.push([model.balances.length]);
  for (const one of model.balances) lines.push([one.first, one.second, one.target], [one.weight]);
  lines.push([model.weights.processMove, model.weights.serviceMove, model.weights.machineMove]);
  return lines.map((line) => `${line.join(' ')}\n`).join('');
}

export interface Case {
  readonly model: RoadefModel;
  readonly initial: Int32Array;
}

/**
 * Small models of every kind with a first assignment that keeps all rules: whatever room, locations and neighbourhoods the
 * drawn assignment needs, the model is given.
 */
export const smallCases: fc.Arbitrary<Case> = fc
  .record({
    machines: fc.integer({ min: 1, max: 4 }),
    resources: fc.integer({ min: 1, max: 5 }),
    services: fc.integer({ min: 1, max: 4 }),
    processes: fc.integer({ min: 0, max: 5 }),
  })
  .chain(({ machines, resources, services, processes }) => {
    const numbers = (length: number, max: number) =>
      fc.array(fc.integer({ min: 0, max }), { minLength: length, maxLength: length });
    return fc.record({
      resources: fc.array(fc.record({ transient: fc.boolean(), loadWeight: fc.integer({ min: 0, max: 20 }) }), {
        minLength: resources,
        maxLength: resources,
      }),
      neighbourhood: numbers(machines, 1),
      location: numbers(machines, 2),
      spare: numbers(machines * resources, 9),
      safety: numbers(machines * resources, 15),
      distances: fc.oneof(fc.constant(null), numbers(machines * machines, 300)),
      spread: numbers(services, 2),
      depends: fc.array(fc.tuple(fc.nat(services - 1), fc.nat(services - 1)), { maxLength: 3 }),
      service: numbers(processes, services - 1),
      need: numbers(processes * resources, 6),
      processMoveCost: numbers(processes, 3),
      initial: numbers(processes, machines - 1),
      balances: fc.array(
        fc.record({
          first: fc.nat(resources - 1),
          second: fc.nat(resources - 1),
          target: fc.nat(3),
          weight: fc.nat(20),
        }),
        { maxLength: 2 },
      ),
      weights: fc.record({ processMove: fc.nat(3), serviceMove: fc.nat(20), machineMove: fc.nat(50) }),
    });
  })
  .map((drawn) => {
    const resources = drawn.resources.length;
    const machines = drawn.neighbourhood.length;
    // Two of one service on one machine: the later one becomes a process of nobody else's, a service of its own.
    const service = [...drawn.service];
    const services = drawn.spread.map((spreadMin, s) => ({ spreadMin, dependsOn: [] as number[], s }));
    service.forEach((one, p) => {
      const before = service.findIndex((other, q) => other === one && drawn.initial[q] === drawn.initial[p]);
      if (before === p) return;
      service[p] = services.length;
      services.push({ spreadMin: 0, dependsOn: [], s: services.length });
    });
    const placesOf = (s: number, of: readonly number[]) =>
      new Set(service.flatMap((one, p) => (one === s ? [of[drawn.initial[p]!]!] : [])));
    for (const [s, other] of drawn.depends) {
      const present = placesOf(other, drawn.neighbourhood);
      if ([...placesOf(s, drawn.neighbourhood)].every((n) => present.has(n))) services[s]!.dependsOn.push(other);
    }
    const capacity = Uint32Array.from(drawn.spare);
    service.forEach((_, p) => {
      for (let r = 0; r < resources; r++) {
        capacity[drawn.initial[p]! * resources + r]! += drawn.need[p * resources + r]!;
      }
    });
    const near = (a: number, b: number) =>
      a === b
        ? 0
        : drawn.location[a] === drawn.location[b]
          ? 1
          : drawn.neighbourhood[a] === drawn.neighbourhood[b]
            ? 2
            : 5;
    const cost = (a: number, b: number) => (a === b ? 0 : (drawn.distances?.[a * machines + b] ?? near(a, b)));
    const matrix = Array.from({ length: machines * machines }, (_, k) => cost(Math.floor(k / machines), k % machines));
    const model: RoadefModel = {
      resources: drawn.resources,
      machines,
      neighbourhood: Uint32Array.from(drawn.neighbourhood),
      location: Uint32Array.from(drawn.location),
      capacity,
      safety: Uint32Array.from(drawn.safety),
      machineMoveCost: matrix.some((value) => value > 255) ? Uint32Array.from(matrix) : Uint8Array.from(matrix),
      services: services.map(({ spreadMin, dependsOn, s }) => ({
        spreadMin: Math.min(spreadMin, placesOf(s, drawn.location).size),
        dependsOn: Uint32Array.from(dependsOn),
      })),
      processes: service.length,
      service: Uint32Array.from(service),
      need: Uint32Array.from(drawn.need),
      processMoveCost: Uint32Array.from(drawn.processMoveCost),
      balances: drawn.balances,
      weights: drawn.weights,
    };
    return { model, initial: Int32Array.from(drawn.initial) };
  });

/** A model of some size with rules of every kind, tight enough that few moves are allowed. */
export function aCase(seed: number, size: { machines: number; processes: number; resources: number }): Case {
  const { machines, processes, resources } = size;
  let state = seed >>> 0;
  const below = (end: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
  const initial = Int32Array.from({ length: processes }, () => below(machines));
  const services = Math.ceil(processes / 3);
  // Three to a service, on different machines; where they are not, the third is alone in one of its own.
  const service = Uint32Array.from({ length: processes }, (_, p) => Math.floor(p / 3));
  let count = services;
  for (let p = 0; p < processes; p++) {
    for (let q = 3 * Math.floor(p / 3); q < p; q++) {
      if (initial[q] === initial[p] && service[q] === service[p]) service[p] = count++;
    }
  }
  const location = Uint32Array.from({ length: machines }, (_, m) => m % 4);
  const neighbourhood = Uint32Array.from({ length: machines }, (_, m) => m % 2);
  const need = Uint32Array.from({ length: processes * resources }, () => below(100));
  const capacity = new Uint32Array(machines * resources);
  for (let p = 0; p < processes; p++) {
    for (let r = 0; r < resources; r++) capacity[initial[p]! * resources + r]! += need[p * resources + r]!;
  }
  const safety = capacity.map((used) => Math.floor(used * 0.8) + below(60));
  const spread = (s: number, of: Uint32Array) =>
    new Set(Array.from(initial).flatMap((m, p) => (service[p] === s ? [of[m]!] : [])));
  const dependsOn = (s: number) => {
    const other = below(count);
    const there = spread(other, neighbourhood);
    return other !== s && [...spread(s, neighbourhood)].every((n) => there.has(n)) ? [other] : [];
  };
  const model: RoadefModel = {
    resources: Array.from({ length: resources }, (_, r) => ({ transient: r === 1, loadWeight: 10 })),
    ...{ machines, location, neighbourhood, safety, processes, service, need },
    capacity: capacity.map((used) => used + 20 + below(60)),
    machineMoveCost: Uint8Array.from({ length: machines * machines }, (_, k) =>
      k % machines === Math.floor(k / machines) ? 0 : below(4),
    ),
    services: Array.from({ length: count }, (_, s) => ({
      spreadMin: spread(s, location).size > 1 ? 2 : 0,
      dependsOn: Uint32Array.from(dependsOn(s)),
    })),
    processMoveCost: Uint32Array.from({ length: processes }, () => below(3)),
    balances: [{ first: 0, second: resources - 1, target: 2, weight: 10 }],
    weights: { processMove: 1, serviceMove: 10, machineMove: 2 },
  };
  return { model, initial };
}
