import type { Command } from 'commander';
import type { PlanPreview, PlanRequest } from '../../protocol/api.ts';
import { clientOf } from '../connection.ts';
import { examples } from '../examples.ts';
import { nodeName, suggesting } from '../names.ts';
import { collect, wholeNumber } from '../numbers.ts';
import { previewText } from '../preview-text.ts';
import { waitingFor } from '../progress.ts';
import { print, printJson } from '../terminal.ts';

interface Options {
  readonly fail?: string[];
  readonly drain?: string[];
  readonly add: number;
  readonly json?: boolean;
}

export function addPlan(program: Command): void {
  program
    .command('plan')
    .summary('say what would happen, and do nothing')
    .description('Says what would happen if nodes were lost, emptied or added. Nothing is done.')
    .option('--fail <node>', 'as if this node were lost; may be given again', collect)
    .option('--drain <node>', 'as if this node were drained; may be given again', collect)
    .option('--add <n>', 'as if so many nodes were added', wholeNumber(0, 1000), 0)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples('evenkeel plan --fail N1', 'evenkeel plan --fail N1 --fail N2', 'evenkeel plan --drain N3 --add 1'),
    )
    .action(async (options: Options, command: Command) => {
      const fail = (options.fail ?? []).map(nodeName);
      const drain = (options.drain ?? []).map(nodeName);
      const request: PlanRequest = { fail, drain, add: options.add };
      const client = clientOf(command);
      const asked = suggesting(client, [...fail, ...drain], client.post<PlanPreview>('/plan', request));
      const preview = await waitingFor('working out the plan', asked);
      if (options.json) printJson(preview);
      else print(`${previewText(preview)} Nothing was done.\n`);
    });
}
