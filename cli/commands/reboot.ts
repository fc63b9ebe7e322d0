import type { Command } from 'commander';
import type { Accepted, RebootControl, RebootRequest } from '../../protocol/api.ts';
import { OperatingError } from '../../protocol/errors.ts';
import type { NodeName } from '../../protocol/ids.ts';
import type { ClusterView } from '../../protocol/view.ts';
import { clean } from '../clean-text.ts';
import type { ApiClient } from '../client.ts';
import { clientOf } from '../connection.ts';
import { examples } from '../examples.ts';
import { followReboot } from '../follow-reboot.ts';
import { nodeName, suggesting } from '../names.ts';
import { waitingFor } from '../progress.ts';
import { print, printJson, say } from '../terminal.ts';
import { confirmed, previewDrain, sufferers, suffering } from './drain.ts';

interface Options {
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly wait: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly pause?: boolean;
  readonly resume?: boolean;
  readonly cancel?: boolean;
}
const CONTROLS = ['pause', 'resume', 'cancel'] as const satisfies readonly RebootControl[];

export function addReboot(program: Command): void {
  program
    .command('reboot')
    .summary('reboot nodes one after the other, emptied before')
    .description(
      'Reboots nodes one after the other: each is emptied, switched off and on through its BMC (or by hand where it has none), waited for until it is well, and used again before the next. It stops at the first failure. Ctrl-C leaves it; the reboot goes on.',
    )
    .argument('[node...]', 'names of nodes')
    .option('--all', 'all nodes that are not lost')
    .option('--dry-run', 'only say what emptying each node would do')
    .option('--no-wait', 'start it and return')
    .option('-y, --yes', 'do not ask, also where something could not leave its node')
    .option('--pause', 'take no other node down until it is resumed')
    .option('--resume', 'go on after a pause or a failure')
    .option('--cancel', 'call it off; a node that is off is brought back first')
    .option('--json', 'print JSON: one line for each change')
    .addHelpText('after', examples('evenkeel reboot N3 N4', 'evenkeel reboot --all', 'evenkeel reboot --cancel'))
    .action(async (names: string[], options: Options, command: Command) => {
      const client = clientOf(command);
      const json = options.json ?? false;
      const controls = CONTROLS.filter((control) => options[control]);
      const [control] = controls;
      if (Number(names.length > 0) + Number(options.all ?? false) + controls.length !== 1)
        throw new OperatingError(
          'REQUEST_INVALID',
          'exactly one of them is needed: names of nodes, --all, --pause, --resume, --cancel',
        );
      if (control) return tell(await client.post<Accepted>(`/reboot/${control}`), json);
      const given = [...new Set(names.map(nodeName))];
      const isReady = await foretell(client, given.length > 0 ? given : await nodesOf(client), options);
      if (!isReady) return;
      const request: RebootRequest = options.all ? { all: true } : { nodes: given };
      const asked = suggesting(client, given, client.post<Accepted>('/reboot', request));
      const accepted = await waitingFor('starting the rolling reboot', asked);
      tell(accepted, json);
      if (options.wait) await followReboot(client, json);
    });
}

function tell({ notes }: Accepted, json: boolean): void {
  if (json) print(JSON.stringify({ accepted: true, notes }));
  else print(notes.map(clean).join('\n'));
}

async function nodesOf(client: ApiClient): Promise<NodeName[]> {
  const { nodes } = await client.get<ClusterView>('/status');
  return nodes.filter(({ liveness }) => liveness !== 'lost').map(({ node }) => node);
}

/** Says of each node by itself what emptying it would do, and asks where something could not leave. False: that was all. */
async function foretell(client: ApiClient, nodes: readonly NodeName[], options: Options): Promise<boolean> {
  if (options.yes && !options.dryRun) return true;
  const previews = [];
  const stuck: string[] = [];
  for (const node of nodes) {
    const preview = await previewDrain(client, [node]);
    previews.push({ node, preview });
    stuck.push(...sufferers(preview));
    if (!options.json) print(clean(preview.text));
    for (const line of options.json ? [] : suffering(preview)) say(line);
  }
  if (!options.dryRun) {
    await confirmed(`Reboot ${options.all ? 'all nodes' : nodes.join(' ')}`, [...new Set(stuck)]);
    return true;
  }
  if (options.json) printJson({ nodes: previews });
  else print('Nothing was done.');
  return false;
}
