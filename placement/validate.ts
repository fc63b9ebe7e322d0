import { PlacementError } from './error.ts';
import type { Problem } from './problem.ts';
import { demandOf } from './rules.ts';
import { requireCountable, requireMemory } from './sizes.ts';

const MOST_WEIGHT = 10_000;
const MOST_GAIN = 1_000_000_000;
const OPENNESS = ['open', 'cordoned', 'quarantined', 'unheard', 'degraded', 'draining', 'gone'];

/** Throws a PlacementError for the first thing that makes this no problem to solve. */
export function validateProblem(problem: Problem): void {
  const { resources, nodes, applications, instances, weights, maxMoves } = problem;
  requireCountable(problem);
  for (const key of ['load', 'imbalance', 'move'] as const) {
    const value = weights[key];
    if (!(value >= 0 && value <= MOST_WEIGHT)) throw new PlacementError(`weights.${key}`, value, `0 to ${MOST_WEIGHT}`);
  }
  if (maxMoves !== undefined) index('maxMoves', maxMoves, Number.MAX_SAFE_INTEGER, 'an integer from 0');
  nodes.forEach((node, n) => {
    amounts(`nodes[${n}].capacity`, node.capacity, resources.length);
    amounts(`nodes[${n}].reserve`, node.reserve, resources.length);
    oneOf(`nodes[${n}].openness`, node.openness, OPENNESS);
  });
  applications.forEach((application, a) => {
    const field = `applications[${a}]`;
    index(`${field}.priority`, application.priority, 101, '0 to 100');
    amounts(`${field}.demand`, application.demand, resources.length);
    oneOf(`${field}.spread`, application.spread, ['domain', 'node']);
    for (const key of ['affinity', 'antiAffinity'] as const) {
      application[key].forEach((other, k) => {
        index(`${field}.${key}[${k}]`, other, applications.length, 'the index of an application');
        if (other === a) throw new PlacementError(`${field}.${key}[${k}]`, other, 'another application');
      });
    }
    application.prefer?.forEach(({ gain }, k) => {
      gainOf(`${field}.prefer[${k}].gain`, gain);
    });
    application.near?.forEach(({ application: other, gain }, k) => {
      index(`${field}.near[${k}].application`, other, applications.length, 'the index of an application');
      if (other === a) throw new PlacementError(`${field}.near[${k}].application`, other, 'another application');
      gainOf(`${field}.near[${k}].gain`, gain);
    });
  });
  instances.forEach((instance, i) => {
    const field = `instances[${i}]`;
    index(`${field}.application`, instance.application, applications.length, 'the index of an application');
    if (instance.home !== -1) index(`${field}.home`, instance.home, nodes.length, '-1 or the index of a node');
    oneOf(`${field}.role`, instance.role, ['active', 'standby']);
    if (!(instance.unease >= -MOST_GAIN && instance.unease <= 1000)) {
      throw new PlacementError(`${field}.unease`, instance.unease, `-${MOST_GAIN} to 1000`);
    }
    if (instance.demand !== null) amounts(`${field}.demand`, instance.demand, resources.length);
    if (instance.load !== undefined) {
      amounts(`${field}.load`, instance.load, resources.length);
      const demand = demandOf(problem, i);
      const r = instance.load.findIndex((amount, k) => amount > demand[k]!);
      if (r >= 0) throw new PlacementError(`${field}.load[${r}]`, instance.load[r], `at most its demand, ${demand[r]}`);
    }
  });
  requireCountableGains(problem);
  requireMemory(problem);
}

/** Costs are added up in 1e-9 of the unit of the weights, exactly. */
function requireCountableGains({ applications, instances, weights }: Problem): void {
  const gainOfOne = applications.map((application) =>
    [...(application.prefer ?? []), ...(application.near ?? [])].reduce((sum, { gain }) => sum + Math.abs(gain), 0),
  );
  const total = instances.reduce(
    (sum, { application, unease }) => sum + gainOfOne[application]! + Math.max(0, -unease),
    0,
  );
  const most = Number.MAX_SAFE_INTEGER / 1e9 / 4;
  if (total * weights.move > most) {
    throw new PlacementError(
      'the sum of all gains and negative uneases x weights.move',
      total * weights.move,
      `at most ${most}`,
    );
  }
}

function gainOf(field: string, value: number): void {
  if (!(Math.abs(value) <= MOST_GAIN)) throw new PlacementError(field, value, `-${MOST_GAIN} to ${MOST_GAIN}`);
}

function amounts(field: string, values: readonly number[], length: number): void {
  if (values.length !== length)
    throw new PlacementError(`${field}.length`, values.length, `${length}, one per resource`);
  values.forEach((value, r) => {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new PlacementError(`${field}[${r}]`, value, 'an integer from 0 to 2^53-1');
    }
  });
}

function index(field: string, value: number, end: number, allowed: string): void {
  if (!Number.isInteger(value) || value < 0 || value >= end) throw new PlacementError(field, value, allowed);
}

function oneOf(field: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw new PlacementError(field, value, allowed.join(', '));
}
