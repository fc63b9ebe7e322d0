import type { Command } from 'commander';
import type { Accepted, DrainRequest, NodeAction } from '../../protocol/api.ts';
import { acceptedLine } from '../accepted.ts';
import type { ApiClient } from '../client.ts';
import { clientOf } from '../connection.ts';
import { examples } from '../examples.ts';
import { nodeName, suggesting } from '../names.ts';
import { waitingFor } from '../progress.ts';
import { print, printJson } from '../terminal.ts';

const ACTIONS = [
  ['cordon', 'take no new instances on nodes', 'Nodes keep what they run and get nothing new.'],
  [
    'uncordon',
    'use nodes again',
    'Nodes may be used again after cordon, drain or quarantine; a drain under way is called off.',
  ],
] as const;

/** `cordon` and `uncordon`: they differ in nothing but the word. */
export function addNodeActions(program: Command): void {
  for (const [action, summary, description] of ACTIONS) {
    program
      .command(action)
      .summary(summary)
      .description(description)
      .argument('<node...>', 'names of nodes')
      .option('--json', 'print JSON')
      .addHelpText('after', examples(`evenkeel ${action} N3`, `evenkeel ${action} N3 N4`))
      .aliases(action === 'uncordon' ? ['undrain'] : [])
      .action(async (names: string[], options: { json?: boolean }, command: Command) => {
        const nodes = names.map(nodeName);
        const client = clientOf(command);
        const results = [];
        for (const node of nodes) {
          const { notes } = await waitingFor(`${action} ${node}`, act(client, node, action));
          results.push({ node, accepted: true, notes });
          if (!options.json) print(acceptedLine(node, notes));
        }
        if (options.json) printJson(results);
      });
  }
}

export function act(client: ApiClient, node: string, action: NodeAction, body?: DrainRequest): Promise<Accepted> {
  return suggesting(client, [node], client.post<Accepted>(`/nodes/${encodeURIComponent(node)}/${action}`, body));
}
