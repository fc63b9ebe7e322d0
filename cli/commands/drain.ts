import type { Command } from 'commander';
import type { PlanPreview, PlanRequest } from '../../protocol/api.ts';
import { OperatingError } from '../../protocol/errors.ts';
import { few } from '../../protocol/few.ts';
import type { NodeName } from '../../protocol/ids.ts';
import { acceptedLine } from '../accepted.ts';
import { ask } from '../ask.ts';
import { clean } from '../clean-text.ts';
import type { ApiClient } from '../client.ts';
import { clientOf } from '../connection.ts';
import { examples } from '../examples.ts';
import { nodeName, suggesting } from '../names.ts';
import { previewText } from '../preview-text.ts';
import { waitingFor } from '../progress.ts';
import { print, printJson, say } from '../terminal.ts';
import { untilEmpty } from '../until-empty.ts';
import { act } from './node-actions.ts';

interface Options {
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly return?: boolean;
}

export function addDrain(program: Command): void {
  program
    .command('drain')
    .summary('move all instances away from nodes')
    .description(
      'Says whether everything fits elsewhere and where it goes, then moves all instances away from nodes, which get nothing new until they are uncordoned. Where something would have to wait it asks first. To call it off: evenkeel uncordon.',
    )
    .argument('<node...>', 'names of nodes')
    .option('--dry-run', 'only say what would happen')
    .option('--wait', 'stay until the nodes are empty, and show what happens')
    .option('-y, --yes', 'do not ask, also where something would have to wait')
    .option('--return', 'have what leaves now go back once the node is uncordoned, where that can be')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples('evenkeel drain N3', 'evenkeel drain N3 N4 --dry-run', 'evenkeel drain N3 --wait --return'),
    )
    .action(async (names: string[], options: Options, command: Command) => {
      const nodes = [...new Set(names.map(nodeName))];
      const client = clientOf(command);
      const preview = await previewDrain(client, nodes);
      const json = options.json ?? false;
      if (!json) print(`${previewText(preview)}${options.dryRun ? ' Nothing was done.' : ''}\n`);
      if (options.dryRun) {
        if (json) printJson({ preview, nodes: [] });
        return;
      }
      if (!options.yes) await confirmed(`Drain ${nodes.join(' ')}`, sufferers(preview));
      const results = [];
      for (const node of nodes) {
        const { notes } = await waitingFor(
          `drain ${node}`,
          act(client, node, 'drain', options.return ? { returns: true } : undefined),
        );
        results.push({ node, accepted: true, notes });
        if (!json) print(acceptedLine(node, notes));
      }
      if (options.wait) await untilEmpty(client, nodes, json);
      if (json) printJson({ preview, nodes: results });
    });
}

/** What would happen if these nodes were drained together, from the solver that would do it. */
export async function previewDrain(client: ApiClient, drain: NodeName[]): Promise<PlanPreview> {
  const request: PlanRequest = { fail: [], add: 0, drain };
  const asked = suggesting(client, drain, client.post<PlanPreview>('/plan', request));
  return await waitingFor('working out where everything goes', asked);
}

/** Instances that run now and would have to wait, or could not leave. */
export function sufferers({ unplaced, stays }: PlanPreview): string[] {
  return [...unplaced.filter(({ from }) => from !== null), ...stays].map(({ instance }) => instance);
}

/** Who would have to wait or could not leave, each in a line with its reasons. */
export function suffering({ unplaced, stays }: PlanPreview): string[] {
  return [...unplaced, ...stays].map(
    ({ instance, reasons }) => `  ${clean(instance)}: ${reasons.map(clean).join('; ')}`,
  );
}

/** Asks where something would have to wait; without a terminal, or without a yes, nothing may be done. `deed` begins the question. */
export async function confirmed(deed: string, waiting: readonly string[]): Promise<void> {
  if (waiting.length === 0) return;
  const what = `${clean(few(waiting))} would have to wait or could not leave`;
  if (!process.stdin.isTTY)
    throw new OperatingError('CONFLICT', `${what}: nothing was done. Add --yes to do it all the same.`);
  say(`${what}.`);
  if (!/^y(es)?$/i.test(await ask(`${deed} all the same? [y/N] `)))
    throw new OperatingError('CONFLICT', 'Not confirmed: nothing was done.');
}
