import type { Command } from 'commander';
import type { ClusterView } from '../../protocol/view.ts';
import { clean } from '../clean-text.ts';
import type { ApiClient } from '../client.ts';
import { clientOf } from '../connection.ts';
import { examples } from '../examples.ts';
import { waitingFor } from '../progress.ts';
import { clusterText } from '../show-cluster.ts';
import { print, printJson, say, width } from '../terminal.ts';
import { untilInterrupted } from '../until-interrupted.ts';

export function addStatus(program: Command): void {
  program
    .command('status')
    .summary('show nodes, applications and how the cluster is')
    .description('Shows in one sentence how the cluster is, then its nodes and applications.')
    .option('-w, --watch', 'stay and show every change, until Ctrl-C')
    .option('--json', 'print JSON; with --watch one line for each change')
    .addHelpText(
      'after',
      examples('evenkeel status', 'evenkeel status --watch', "evenkeel status --json | jq -r '.sentence'"),
    )
    .action(async (options: { watch?: boolean; json?: boolean }, command: Command) => {
      const client = clientOf(command);
      if (options.watch) return await watch(client, options.json ?? false);
      const view = await waitingFor('asking the coordinator', client.get<ClusterView>('/status'));
      if (options.json) printJson(view);
      else print(clusterText(view, width()));
    });
}

async function watch(client: ApiClient, json: boolean): Promise<void> {
  await client.get<ClusterView>('/status'); // a coordinator that is not there is an error now, not something to wait for
  const live = !json && process.stdout.isTTY;
  let latest: ClusterView | null = null;
  let broken: string | null = null;
  const draw = () => {
    if (!latest) return;
    if (json) return print(JSON.stringify(latest));
    const text =
      clusterText(latest, width()) + (broken === null ? '' : `\nConnection lost (${clean(broken)}); trying again …\n`);
    print(live ? onOneScreen(text) : `${text}\n`);
  };
  const stream = client.stream({
    onView: (view) => {
      latest = view;
      draw();
    },
    onOpen: () => {
      broken = null;
    },
    onBreak: (why) => {
      broken = why;
      if (live) draw();
      else say(`connection lost (${clean(why)}); trying again`);
    },
  });
  if (live) process.stdout.on('resize', draw);
  await untilInterrupted();
  stream.close();
}

/** From the top left, each line cleared to its end and everything below too: nothing flickers, nothing old stays. */
function onOneScreen(text: string): string {
  const rows = (process.stdout.rows || 24) - 1;
  const lines = text.trimEnd().split('\n');
  const shown = lines.length > rows ? [...lines.slice(0, rows - 1), `… ${lines.length - rows + 1} more lines`] : lines;
  return `\x1b[H${shown.map((line) => `${line}\x1b[K`).join('\n')}\n\x1b[J`;
}
