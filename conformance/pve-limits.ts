/* What of a case has no counterpart with us, and why. */
import { failingOf, type PveCase } from './pve-case.ts';
import type { Expected } from './pve-expected.ts';

const FIRST_COMMAND_S = 100; // after the nodes were switched on

const COMMANDS: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/^service \S+ ignored\b/, 'a service that is left alone and kept: an application is managed or deleted'],
  [
    /^service \S+ manual-migrate\b/,
    'a service that is moved behind the manager: instances are started by agents alone',
  ],
  [/^service \S+ lock\b/, 'locks on a service (backup, snapshot): there are none'],
  [/^cfs \S+ /, 'a configuration file system on every node: the coordinator has the only store'],
  [/^pve-manager-version\b/, 'upgrades of the manager on some nodes before others'],
];

/** What is played (pve-play.ts). */
const PLAYED =
  /^(power \S+ (on|off)|network \S+ (on|off)|delay \d+|crm \S+ (en|dis)able-node-maintenance|crm \S+ (disarm-ha (freeze|ignore)|arm-ha)|restart-lrm \S+|(shutdown|reboot) \S+|service \S+ (add|delete|migrate|relocate|stop|set-static-stats|set-dynamic-stats|started|enabled|stopped|disabled)\b.*)$/;

/** One reason per kind of thing, the same for every case that has it. */
export function notModelled(one: PveCase, expected: Expected): readonly string[] {
  const commands = one.commands.flat();
  const found = COMMANDS.filter(([pattern]) => commands.some((command) => pattern.test(command))).map(([, why]) => why);
  const unknown = commands.filter(
    (command) => !PLAYED.test(command) && !COMMANDS.some(([pattern]) => pattern.test(command)),
  );
  const history = historyOf(one);
  return [
    ...found,
    ...new Set(unknown.map((command) => `the command "${command}"`)),
    ...OUTCOMES.filter(({ isThere }) => isThere(one, expected)).map(({ why }) => why),
    ...(history === null ? [] : [`a past that the file does not tell: ${history}`]),
  ];
}

interface Outcome {
  readonly why: string;
  readonly isThere: (one: PveCase, expected: Expected) => boolean;
}

/** What a case has, or expects, beyond its commands. */
const OUTCOMES: readonly Outcome[] = [
  { why: 'groups that are turned into rules: the file does not name their members', isThere: (one) => one.groups },
  {
    why: 'services frozen while their node goes down: it is lost then, unless drained before',
    isThere: (one) =>
      has(one, 'state', 'freeze') && one.commands.flat().some((line) => /^(shutdown|reboot)\b/.test(line)),
  },
  {
    why: 'levelling that watches the load all the time: ours follows a node that was added or opened, or a missed objective',
    isThere: (one) => has(one, 'auto-rebalance'),
  },
  {
    why: 'a live migration that fails: a move starts the instance anew',
    isThere: (one) =>
      one.expected.timeline.some(
        ({ do: what, app }) => /^(migrate|relocate)$/.test(what ?? '') && failingOf(app ?? '').moves > 0,
      ),
  },
];

function has({ expected }: PveCase, what: string, state?: string): boolean {
  return expected.timeline.some((line) => line.do === what && (state === undefined || line.state === state));
}

/** What is expected although nothing in the script leads to it. */
function historyOf(one: PveCase): string | null {
  const commands = one.commands.flat();
  const ends = (node: string) =>
    commands.some(
      (command) => /^(network|power) (\S+) off|^(shutdown|reboot) /.test(command) && command.split(' ')[1] === node,
    );
  for (const { do: what, state, app, node, t } of one.expected.timeline) {
    if (what === 'fenced' && node !== undefined && !ends(node)) return `${node} is to be fenced`;
    if (
      what === 'state' &&
      state === 'error' &&
      app !== undefined &&
      t < FIRST_COMMAND_S &&
      failingOf(app).starts === 0
    )
      return `${app} is in error from the beginning`;
  }
  return null;
}
