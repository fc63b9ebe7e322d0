/* The services of a case as applications of ours. */
import { AppName } from '../protocol/ids.ts';
import { AppSpec } from '../protocol/spec.ts';
import { failingOf, nameOf, type PveCase, priorityOf, rankIn, schedulerOf } from './pve-case.ts';

/** What a node has, and a service needs, where the case says nothing: services then weigh the same, and all fit on one node. */
const PLENTY = { cpu: 64_000, memory: 256e9 };
const FREE = 2; // times what all services need: some are added or grow, and a reserve is kept
const LITTLE = { cpu: 500, memory: 1e9 };

type Amounts = Readonly<Record<string, number>>; // maxcpu, maxmem, cpu, mem: cores and bytes

export interface Wish {
  readonly runs: boolean;
  readonly amounts: Amounts;
  readonly stopGraceMs: number;
  readonly pinnedTo: string | null; // while it is told to go there
}

export function appNameOf(id: string): AppName {
  return AppName.parse(id.replace(':', '-'));
}

export function capacityOf(cap: Amounts, factor: number) {
  return {
    cpu: Math.round(factor * (cap.maxcpu === undefined ? PLENTY.cpu : 1000 * cap.maxcpu)),
    memory: Math.round(factor * (cap.maxmem ?? PLENTY.memory)),
  };
}

/**
 * The HA manager refuses nothing for want of room: what services are given may add up to more than there is. Ours does, so all
 * nodes are enlarged by the same factor, until all services fit on each; relative loads keep their proportions.
 */
export function roomFactor(one: PveCase): number {
  const shares = one.nodes.flatMap(({ cap }) =>
    (['maxcpu', 'maxmem'] as const).map((what) => {
      const all = one.apps.reduce((sum, { demand }) => sum + (demand?.[what] ?? 0), 0);
      return cap[what] === undefined ? 0 : all / cap[what];
    }),
  );
  return Math.max(1, FREE * Math.max(...shares));
}

/** Demand is what a service is given; where the scheduler goes by what is used, that is measured beside it. */
export function specOf(one: PveCase, id: string, wish: Wish, withRules: boolean): AppSpec {
  const { maxcpu, maxmem } = wish.amounts;
  const isCounted = schedulerOf(one) === 'basic';
  const strict = withRules ? one.rules.filter((rule) => rule.resources.includes(id)) : [];
  const allow = strict.flatMap((rule) =>
    rule.type === 'node-affinity' && isStrict(rule) ? [{ label: 'node', in: rule.nodes.map(nameOf) }] : [],
  );
  const prefer = strict.flatMap((rule) =>
    rule.type === 'node-affinity' && (!isStrict(rule) || hasPriorities(rule))
      ? rule.nodes.map((node) => ({ label: 'node', in: [nameOf(node)], priority: 1 + priorityOf(node) }))
      : [],
  );
  const beside = (affinity: 'positive' | 'negative') => [
    ...new Set(
      strict.flatMap((rule) =>
        rule.type === 'resource-affinity' && rule.affinity === affinity
          ? rule.resources.filter((other) => other !== id).map(appNameOf)
          : [],
      ),
    ),
  ];
  return AppSpec.parse({
    name: appNameOf(id),
    replicas: wish.runs ? 1 : 0,
    demand: {
      cpu: isCounted || maxcpu === undefined ? LITTLE.cpu : Math.round(1000 * maxcpu),
      memory: isCounted || maxmem === undefined ? LITTLE.memory : Math.round(maxmem),
    },
    constraints: {
      allow: wish.pinnedTo === null ? allow : [...allow, { label: 'node', in: [wish.pinnedTo] }],
      affinity: beside('positive'),
      antiAffinity: beside('negative'),
      ...(prefer.length > 0 && { prefer, failback: fallsBack(one, id) }),
    },
    ...failedStartOf(one, id),
    runtime: { driver: 'process', command: ['/bin/service'], stopGraceMs: wish.stopGraceMs },
  });
}

/**
 * How often a service is started again where it is, and moved, before it is in error, is a policy that the file does not tell: it
 * shows in what is expected. Where it is moved at all, its failures are shared out evenly among the nodes where it is to fail.
 */
function failedStartOf(one: PveCase, id: string): Pick<AppSpec, 'failedStart'> {
  const lines = one.expected.timeline.filter(({ app }) => app === id);
  const moves = lines.filter((line) => line.do === 'relocate').length;
  const endsInError = lines.some(({ state }) => state === 'error');
  const { starts } = failingOf(id);
  if (starts === 0 || (moves === 0 && !endsInError)) return {};
  const restarts = Math.max(0, Math.floor(starts / (moves + (endsInError ? 1 : 0))) - 1);
  return { failedStart: { restarts, relocations: moves, readyMs: 300_000, giveUp: endsInError } };
}

function hasPriorities({ nodes }: { readonly nodes: readonly string[] }): boolean {
  return new Set(nodes.map(priorityOf)).size > 1;
}

/**
 * Whether a service goes back to nodes that it prefers is a setting that the file does not tell: it shows in what is expected. It
 * does not where it ends on a node that it prefers less than one that is up in the end.
 */
function fallsBack(one: PveCase, id: string): boolean {
  const end = one.expected.final[id];
  const isUp = (node: string) => {
    const commands = one.commands.flat().filter((line) => line.split(' ')[1] === node);
    return commands.findLast((line) => /^(power|network|shutdown) /.test(line))?.endsWith('on') === true;
  };
  const ranks = one.rules.filter((rule) => rule.type === 'node-affinity' && rule.resources.includes(id));
  return ranks.every(
    (rule) =>
      rule.type !== 'node-affinity' ||
      end === undefined ||
      rule.nodes.every((node) => !isUp(nameOf(node)) || rankIn(rule.nodes, end) >= rankIn(rule.nodes, nameOf(node))),
  );
}

/** A rule that is not strict allows other nodes too, when none of its own can take the service. */
export function isStrict(rule: { readonly strict?: string | undefined }): boolean {
  return rule.strict === '1';
}
