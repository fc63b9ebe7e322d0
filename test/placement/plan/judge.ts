import type { OrderedPlan, PlanStep } from '../../../placement/plan/ordered-plan.ts';
import type { Problem } from '../../../placement/problem.ts';

/*
 * Whether a plan keeps what it promises, found by carrying it out: steps begin and end in every order and overlap that `after`
 * allows (or in some drawn by chance), and after each the rules are judged from the problem alone. Shares no code with the planner.
 */

type Phase = 0 | 1 | 2; // waits, runs, is done

export interface Limits {
  readonly movesAtOnce?: number;
  readonly movesPerApplication?: number | ((application: number) => number);
}

/** The first fault found, or null. All states are looked at where there are few steps, `walks` random courses otherwise. */
export function faultOf(
  problem: Problem,
  target: readonly number[],
  plan: OrderedPlan,
  limits: Limits = {},
  walks: { readonly count: number; readonly random: () => number } = { count: 20, random: Math.random },
): string | null {
  const shape = shapeFault(problem, target, plan);
  if (shape !== null) return shape;
  const groups = groupsOf(plan.steps);
  const judge = (phases: readonly Phase[]) => stateFault(problem, plan.steps, groups, phases, limits);
  if (groups.length <= 8) return everyState(plan.steps, groups, judge);
  for (let walk = 0; walk < walks.count; walk++) {
    const fault = randomCourse(plan.steps, groups, judge, walks.random);
    if (fault !== null) return fault;
  }
  return null;
}

const running = (problem: Problem, i: number): number => {
  const { home } = problem.instances[i]!;
  return home >= 0 && problem.nodes[home]!.openness !== 'gone' ? home : -1;
};

function shapeFault(problem: Problem, target: readonly number[], { steps, waves, left }: OrderedPlan): string | null {
  const at = problem.instances.map((_, i) => running(problem, i));
  const stays = new Set(left.map(({ instance }) => instance));
  for (const [k, step] of steps.entries()) {
    const { instance, kind, from, to, after, wave, together } = step;
    const say = (what: string) => `step ${k} (${kind} ${instance} ${from}>${to}): ${what}`;
    if (stays.has(instance)) return say('it was to stay');
    if (at[instance] !== from) return say(`it is on ${at[instance]}`);
    if (kind !== (from < 0 ? 'start' : to < 0 ? 'stop' : 'move') || from === to) return say('is no such step');
    at[instance] = to;
    if (after.some((before) => before >= k || steps[before]!.wave >= wave)) return say('waits for a later one');
    if (!waves[wave]!.includes(k)) return say('is not in its wave');
    if (together.some((one) => steps[one]!.after.join() !== after.join() || !steps[one]!.together.includes(k)))
      return say('begins with one that waits for others');
    if (step.detour !== (kind === 'move' && to !== target[instance])) return say('is wrongly marked as a detour');
    if (step.interrupts !== (kind === 'stop' && target[instance]! >= 0))
      return say('is wrongly marked as interrupting');
    if ((step.detour || step.interrupts) !== (step.why !== null)) return say('gives no reason');
    const home = running(problem, instance);
    if (problem.instances[instance]!.pinned && home >= 0) return say('it is pinned');
    if (to < 0) continue;
    const node = problem.nodes[to]!;
    if (node.openness !== 'open') return say('the node is not open');
    const labels: Record<string, string> = { ...node.labels, node: node.name, domain: node.domain };
    const { allow, forbid } = problem.applications[problem.instances[instance]!.application]!;
    if (!allow.every((rule) => rule.in.includes(labels[rule.label] ?? ''))) return say('the node is not allowed');
    if (forbid.some((rule) => rule.in.includes(labels[rule.label] ?? ''))) return say('the node is forbidden');
  }
  for (const [i, node] of at.entries()) {
    if (node !== (stays.has(i) ? running(problem, i) : target[i])) return `instance ${i} ends on ${node}`;
  }
  return null;
}

/** Steps that begin and end together, as one. */
function groupsOf(steps: readonly PlanStep[]): number[][] {
  const seen = new Set<number>();
  return steps.flatMap((step, k) => {
    if (seen.has(k)) return [];
    const group = [k, ...step.together];
    for (const one of group) seen.add(one);
    return [group];
  });
}

function stateFault(
  problem: Problem,
  steps: readonly PlanStep[],
  groups: readonly (readonly number[])[],
  phases: readonly Phase[],
  limits: Limits,
): string | null {
  const phase: Phase[] = steps.map(() => 0);
  const groupOf: number[] = steps.map(() => -1);
  groups.forEach((group, g) => {
    for (const k of group) {
      phase[k] = phases[g]!;
      groupOf[k] = g;
    }
  });
  const text = `with steps ${steps.map((_, k) => phase[k]).join('')}`;
  // every place that an instance holds, and with which group it is arriving there (-1: it is there)
  const held = problem.instances.map((_, i) => {
    const home = running(problem, i);
    return new Map<number, number>(home >= 0 ? [[home, -1]] : []);
  });
  for (const [k, { instance, from, to }] of steps.entries()) {
    if (phase[k] === 0) continue;
    const mine = held[instance]!;
    if (from >= 0 && mine.get(from) !== -1) return `${text}: step ${k} has begun before the one that brings it there`;
    if (from < 0 && mine.size > 0) return `${text}: step ${k} has begun while the instance runs`;
    if (to >= 0) mine.set(to, phase[k] === 2 ? -1 : groupOf[k]!);
    if (phase[k] === 2 && from >= 0) mine.delete(from);
  }
  const isHome = (i: number, n: number) => running(problem, i) === n;
  const appOf = (i: number) => problem.instances[i]!.application;
  const excludes = (a: number, b: number) =>
    a === b || problem.applications[a]!.antiAffinity.includes(b) || problem.applications[b]!.antiAffinity.includes(a);
  for (const [n, node] of problem.nodes.entries()) {
    const here = [...held.keys()].filter((i) => held[i]!.has(n));
    if (here.some((i) => !isHome(i, n))) {
      for (const [r, name] of problem.resources.entries()) {
        const used = here.reduce(
          (sum, i) => sum + (problem.instances[i]!.demand ?? problem.applications[appOf(i)]!.demand)[r]!,
          0,
        );
        const room = Math.max(0, node.capacity[r]! - node.reserve[r]!);
        if (used > room) return `${text}: ${node.name} holds ${used} of ${room} ${name} (${here.join()})`;
      }
    }
    for (const i of here) {
      for (const j of here) {
        if (i < j && excludes(appOf(i), appOf(j)) && !(isHome(i, n) && isHome(j, n)))
          return `${text}: ${i} and ${j} are both on ${node.name}`;
      }
      for (const b of problem.applications[appOf(i)]!.affinity) {
        const arriving = held[i]!.get(n)!;
        const isThere = (j: number) => held[j]!.get(n) === -1 || (arriving >= 0 && held[j]!.get(n) === arriving);
        if (here.some((j) => appOf(j) === b && isThere(j))) continue;
        const lackedIt = isHome(i, n) && !problem.instances.some((_, j) => appOf(j) === b && isHome(j, n));
        if (!lackedIt) return `${text}: ${i} is without ${b} on ${node.name}`;
      }
    }
  }
  const now = steps.filter((_, k) => phase[k] === 1);
  const moves = now.filter(({ kind }) => kind === 'move').length;
  const biggest = Math.max(0, ...now.map(({ together }) => together.length + 1));
  if (moves > Math.max(limits.movesAtOnce ?? Number.POSITIVE_INFINITY, biggest))
    return `${text}: ${moves} moves at once`;
  const ofApp = new Map<number, number>();
  for (const { instance, kind, interrupts } of now) {
    const counts = kind === 'move' || interrupts || (kind === 'start' && running(problem, instance) >= 0);
    if (counts) ofApp.set(appOf(instance), (ofApp.get(appOf(instance)) ?? 0) + 1);
  }
  for (const [a, count] of ofApp) {
    const most = limits.movesPerApplication ?? 1;
    if (count > (typeof most === 'number' ? most : most(a))) return `${text}: ${count} of application ${a} at once`;
  }
  return null;
}

/** What can happen next: a group begins whose conditions are met, or one that runs ends. */
function nextOf(steps: readonly PlanStep[], groups: readonly (readonly number[])[], phases: readonly Phase[]) {
  const isDone = new Set(groups.flatMap((group, g) => (phases[g] === 2 ? group : [])));
  return groups.flatMap((group, g) => {
    const phase = phases[g]!;
    if (phase === 2) return [];
    if (phase === 0 && !steps[group[0]!]!.after.every((k) => isDone.has(k))) return [];
    return [phases.map((other, h): Phase => (h === g ? ((phase + 1) as Phase) : other))];
  });
}

type Judge = (phases: readonly Phase[]) => string | null;

function everyState(steps: readonly PlanStep[], groups: readonly (readonly number[])[], judge: Judge): string | null {
  const begin = groups.map((): Phase => 0);
  const seen = new Set([begin.join('')]);
  const open = [begin];
  for (let phases = open.pop(); phases !== undefined; phases = open.pop()) {
    const fault = judge(phases);
    if (fault !== null) return fault;
    const next = nextOf(steps, groups, phases);
    if (next.length === 0 && phases.some((phase) => phase !== 2)) return 'some steps can never begin';
    for (const one of next) {
      const key = one.join('');
      if (!seen.has(key)) open.push(one);
      seen.add(key);
    }
  }
  return null;
}

function randomCourse(
  steps: readonly PlanStep[],
  groups: readonly (readonly number[])[],
  judge: Judge,
  random: () => number,
): string | null {
  let phases = groups.map((): Phase => 0);
  const eager = random(); // some courses run much at once, some little
  for (;;) {
    const next = nextOf(steps, groups, phases);
    if (next.length === 0) return phases.every((phase) => phase === 2) ? null : 'some steps can never begin';
    const begins = next.filter((one) => one.filter((p) => p === 0).length < phases.filter((p) => p === 0).length);
    const choice = begins.length > 0 && random() < eager ? begins : next;
    phases = choice[Math.floor(random() * choice.length)]!;
    const fault = judge(phases);
    if (fault !== null) return fault;
  }
}
