/* What of a case has no counterpart with us, and why. */
import { appNameOf, isStrict } from './pve-apps.ts';
import { failingOf, type PveCase } from './pve-case.ts';

const COMMANDS: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/^crm \S+ (dis)?arm-ha\b/, 'disarming the whole of high availability: the coordinator is stopped instead'],
  [/^service \S+ ignored\b/, 'a service that is left alone and kept: an application is managed or deleted'],
  [
    /^service \S+ manual-migrate\b/,
    'a service that is moved behind the manager: instances are started by agents alone',
  ],
  [/^service \S+ lock\b/, 'locks on a service (backup, snapshot): there are none'],
  [/^cfs \S+ /, 'a configuration file system on every node: the coordinator has the only store'],
  [/^pve-manager-version\b/, 'upgrades of the manager on some nodes before others'],
];

/** One reason per kind of thing, the same for every case that has it. */
export function notModelled(one: PveCase): readonly string[] {
  const commands = one.commands.flat();
  const found = COMMANDS.filter(([pattern]) => commands.some((command) => pattern.test(command))).map(([, why]) => why);
  if (one.groups) found.push('groups that are turned into rules: the file does not name their members');
  if (one.rules.some((rule) => rule.type === 'node-affinity' && prefers(one, rule)))
    found.push(
      'preferred nodes, priorities among nodes and failback to them: rules on nodes are strict, and all nodes equal',
    );
  const { timeline } = one.expected;
  const isFrozen = timeline.some((line) => line.do === 'state' && line.state === 'freeze');
  if (isFrozen && commands.some((command) => /^(shutdown|reboot)\b/.test(command)))
    found.push(
      'services frozen while their node is shut down or restarted: a node that goes down is lost, unless drained before',
    );
  if (timeline.some((line) => line.do === 'auto-rebalance'))
    found.push(
      'levelling that looks at the load all the time: ours follows a node that was added or opened, or a missed objective',
    );
  if (
    one.apps.some((app) => failingOf(app.id).moves > 0) &&
    timeline.some((line) => line.do === 'migrate' || line.do === 'relocate')
  )
    found.push('a live migration that fails: a move starts the instance anew');
  if (historyOf(one) !== null) found.push(`a past that the file does not tell: ${historyOf(one)}`);
  return found;
}

function prefers(
  one: PveCase,
  rule: { readonly nodes: readonly string[]; readonly strict?: string | undefined },
): boolean {
  if (new Set(rule.nodes.map((node) => node.split(':')[1] ?? '0')).size > 1) return true;
  return !isStrict(rule) && rule.nodes.length < one.nodes.length;
}

/** What is expected although nothing in the script leads to it. */
function historyOf(one: PveCase): string | null {
  const commands = one.commands.flat();
  for (const { do: what, node } of one.expected.timeline)
    if (what === 'fenced' && node !== undefined)
      if (
        !commands.some((command) =>
          new RegExp(`^(network|power) ${node} off|^(shutdown|reboot) ${node}$`).test(command),
        )
      )
        return `${node} is to be fenced`;
  const failed = one.expected.timeline.find(({ do: what, state, app, t }) => {
    const asked = commands.some((command) => app !== undefined && command.startsWith(`service ${app} `));
    return (
      what === 'state' && state === 'error' && app !== undefined && t < 100 && failingOf(app).starts === 0 && asked
    );
  });
  return failed?.app === undefined ? null : `${appNameOf(failed.app)} is in error from the beginning`;
}
