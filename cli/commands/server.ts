import type { Command } from 'commander';
import type { NodeName } from '../../protocol/ids.ts';
import type { ClusterView, NodeView } from '../../protocol/view.ts';
import { acceptedLine } from '../accepted.ts';
import { clean } from '../clean-text.ts';
import type { ApiClient } from '../client.ts';
import { clientOf } from '../connection.ts';
import { examples } from '../examples.ts';
import { EXIT } from '../exit-codes.ts';
import { nodeName, suggesting } from '../names.ts';
import { waitingFor } from '../progress.ts';
import { print, printJson, say } from '../terminal.ts';
import { confirmed, previewDrain, sufferers, suffering } from './drain.ts';
import { act } from './node-actions.ts';

interface Options {
  readonly wait: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addServer(program: Command): void {
  const server = program
    .command('server')
    .summary('replace the server behind a node')
    .description('Looks after the servers behind nodes.');
  server
    .command('replace')
    .summary('drain a node, power its server off, and wait for the new one')
    .description(
      'Guides through the replacement of the server behind a node: its instances move away, its server is powered off through its BMC, and the new server takes over name and work. Ctrl-C leaves the guide; the replacement goes on.',
    )
    .argument('<node>', 'name of a node')
    .option('--no-wait', 'start the replacement and return')
    .option('-y, --yes', 'do not ask, also where something could not leave the node')
    .option('--json', 'print JSON: one line for each phase')
    .addHelpText('after', examples('evenkeel server replace N3', 'evenkeel server replace N3 --no-wait'))
    .action(async (text: string, options: Options, command: Command) => {
      const node = nodeName(text);
      const client = clientOf(command);
      await foretell(client, node, options);
      const { notes } = await waitingFor(`replacing the server of ${node}`, act(client, node, 'replace'));
      if (options.json && !options.wait) return printJson({ node, accepted: true, notes });
      if (options.json) print(JSON.stringify({ node, accepted: true, notes }));
      else print(acceptedLine(node, notes));
      if (options.wait) await guide(client, node, options.json ?? false);
    });
}

/** Says whether what runs on the node fits elsewhere, and asks where it does not. Of one that runs nothing there is nothing to say. */
async function foretell(client: ApiClient, node: NodeName, { yes, json }: Options): Promise<void> {
  const { instances } = await suggesting(client, [node], client.get<NodeView>(`/nodes/${encodeURIComponent(node)}`));
  if (yes || instances.length === 0) return;
  const preview = await previewDrain(client, [node]);
  if (!json) print(clean(preview.text));
  for (const line of suffering(preview)) say(line);
  await confirmed(`Replace the server of ${node}`, sufferers(preview));
}

const PHASES = {
  draining: 'draining: its instances are moving away',
  'powering-off': 'powering off: its BMC switches the old server off',
  'awaiting-server': 'awaiting server: install the new one and start its agent with this node name',
  done: 'done: the new server has taken over',
  'given-up': 'given up: the replacement was called off before the server changed',
} as const;
type Phase = keyof typeof PHASES;

/** What follows when a node is no longer being replaced: a new server is there, or somebody uncordoned the node. */
function ending(last: Phase, before: NodeView, now: NodeView): Phase {
  return last === 'awaiting-server' || now.server?.serial !== before.server?.serial ? 'done' : 'given-up';
}

/** Says each phase when it begins, until the new server is there. */
async function guide(client: ApiClient, name: string, json: boolean): Promise<void> {
  const before = await client.get<NodeView>(`/nodes/${encodeURIComponent(name)}`);
  let phase: Phase | null = null;
  const enter = (next: Phase, node: NodeView) => {
    if (next === phase) return;
    phase = next;
    const serial = node.server?.serial ?? null;
    if (json) return print(JSON.stringify({ node: name, phase: next, serial }));
    print(`${name}: ${PHASES[next]}${next === 'done' && serial !== null ? ` (${clean(serial)})` : ''}`);
  };
  await new Promise<void>((resolve) => {
    const stream = client.stream({
      onView: ({ nodes }: ClusterView) => {
        const node = nodes.find((each) => each.node === name);
        if (!node) return;
        if (node.replacement !== null) return enter(node.replacement, node);
        if (phase === null) return; // made before the replacement began
        enter(ending(phase, before, node), node);
        if (phase === 'given-up') process.exitCode = EXIT.failed;
        finish();
      },
      onJournal: (entry) => {
        if (entry.node === name && !json) print(`  ${clean(entry.text)}`);
      },
      onBreak: (why) => say(`connection lost (${clean(why)}); trying again`),
    });
    const leave = () => {
      say(`The replacement of ${name} goes on; see "evenkeel nodes ${name}".`);
      process.exitCode = EXIT.failed;
      finish();
    };
    const finish = () => {
      process.removeListener('SIGINT', leave);
      process.removeListener('SIGTERM', leave);
      stream.close();
      resolve();
    };
    process.on('SIGINT', leave);
    process.on('SIGTERM', leave);
    if (before.replacement !== null) enter(before.replacement, before);
  });
}
