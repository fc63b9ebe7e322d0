import type { Command } from 'commander';
import { OperatingError } from '../../protocol/errors.ts';
import type { NodeView } from '../../protocol/view.ts';
import { acceptedLine } from '../accepted.ts';
import { ask } from '../ask.ts';
import { clean } from '../clean-text.ts';
import { clientOf } from '../connection.ts';
import { examples } from '../examples.ts';
import { nodeName, suggesting } from '../names.ts';
import { waitingFor } from '../progress.ts';
import { print, printJson, say } from '../terminal.ts';
import { act } from './node-actions.ts';

export function addNode(program: Command): void {
  const node = program
    .command('node')
    .summary('tell the coordinator about a node')
    .description('Tells the coordinator about a node.');
  node
    .command('confirm-dead')
    .summary('vouch that a silent node runs nothing')
    .description(
      'Vouches that a silent node runs nothing, so that its work may be started elsewhere. Look at the machine first: what still runs there would run twice.',
    )
    .argument('<node>', 'name of a node')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('evenkeel node confirm-dead N1', 'evenkeel node confirm-dead N1 --yes'))
    .action(async (text: string, options: { yes?: boolean; json?: boolean }, command: Command) => {
      const name = nodeName(text);
      const client = clientOf(command);
      const view = await suggesting(client, [name], client.get<NodeView>(`/nodes/${encodeURIComponent(name)}`));
      if (!options.yes) await confirm(view);
      const { notes } = await waitingFor(`confirming that ${name} is dead`, act(client, name, 'confirm-dead'));
      if (options.json) printJson({ node: name, accepted: true, notes });
      else print(acceptedLine(name, notes));
    });
  addForget(node);
}

function addForget(node: Command): void {
  node
    .command('forget')
    .summary('take a lost node off the list for good')
    .description('Takes a lost node off the list for good. Should it say hello again, it joins anew.')
    .argument('<node>', 'name of a node')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('evenkeel node forget N1'))
    .action(async (text: string, options: { json?: boolean }, command: Command) => {
      const name = nodeName(text);
      const client = clientOf(command);
      const { notes } = await suggesting(client, [name], act(client, name, 'forget'));
      if (options.json) printJson({ node: name, accepted: true, notes });
      else print(acceptedLine(name, notes));
    });
}

/** Has the name typed: one key too many should not make an application run twice. */
async function confirm(view: NodeView): Promise<void> {
  const { node, liveness, instances } = view;
  if (!process.stdin.isTTY)
    throw new OperatingError(
      'REQUEST_INVALID',
      `confirm-dead asks before it acts, and there is no terminal to ask on: add --yes if ${node} is surely off`,
    );
  const runs = instances.map(({ instance }) => clean(instance)).join(', ') || 'nothing';
  say(`${node} is ${clean(liveness)}. It was told to run: ${runs}.`);
  say('If it still runs, what it runs would run twice. Only go on if it is off, or cut off from all that it works on.');
  if ((await ask(`Type ${node} to confirm: `)) !== node)
    throw new OperatingError('REQUEST_INVALID', 'Not confirmed: nothing was done.');
}
