import type { Command } from 'commander';
import type { PlanPreview, PlanRequest } from '../../protocol/api.ts';
import { clean } from '../clean-text.ts';
import { clientOf } from '../connection.ts';
import { examples } from '../examples.ts';
import { nodeName, suggesting } from '../names.ts';
import { collect, wholeNumber } from '../numbers.ts';
import { planText } from '../plan-text.ts';
import { waitingFor } from '../progress.ts';
import { table } from '../table.ts';
import { print, printJson, width } from '../terminal.ts';

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
      else print(previewText(preview));
    });
}

function previewText(preview: PlanPreview): string {
  const { promotions, moves, unplaced } = preview;
  const rows = [
    ...promotions.map(({ instance, node }) => [instance, node, node, 'standby becomes active']),
    ...moves.map(({ instance, from, to, why }) => [instance, from, to, why]),
    ...unplaced.map(({ instance, reasons }) => [instance, null, 'waits', reasons.join('; ')]),
  ];
  const columns = [
    { title: 'INSTANCE', shrinkTo: 10 },
    { title: 'FROM', shrinkTo: 6 },
    { title: 'TO', shrinkTo: 6 },
    { title: 'WHY', shrinkTo: 16 },
  ];
  const percent = (load: number) => `${Math.round(load * 100)}%`;
  return [
    `${clean(preview.text)}\n`,
    rows.length > 0 ? `\n${table(columns, rows, width())}` : '',
    planText(preview.plan, width()),
    `\nHighest load: ${percent(preview.maxLoadBefore)} now, ${percent(preview.maxLoadAfter)} then. Nothing was done.\n`,
  ].join('');
}
