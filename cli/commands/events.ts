import type { Command } from 'commander';
import type { JournalEntry } from '../../protocol/view.ts';
import { clean } from '../clean-text.ts';
import type { ApiClient } from '../client.ts';
import { clientOf } from '../connection.ts';
import { examples } from '../examples.ts';
import { wholeNumber } from '../numbers.ts';
import { waitingFor } from '../progress.ts';
import { journalLine } from '../show-cluster.ts';
import { print, printJson, say } from '../terminal.ts';
import { untilInterrupted } from '../until-interrupted.ts';

interface Options {
  readonly follow?: boolean;
  readonly after?: number;
  readonly limit: number;
  readonly json?: boolean;
}

export function addEvents(program: Command): void {
  program
    .command('events')
    .alias('journal')
    .summary('show what was seen and decided, and why')
    .description('Shows the decision journal, oldest first: what was seen, what was decided, and why.')
    .option('-f, --follow', 'stay and show what is added, until Ctrl-C')
    .option('--after <id>', 'only what follows the entry of this number', wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .option('--limit <n>', 'at most so many entries', wholeNumber(1, 10_000), 100)
    .option('--json', 'print JSON; with --follow one line for each entry')
    .addHelpText(
      'after',
      examples('evenkeel events', 'evenkeel events --follow', 'evenkeel journal --after 1200 --limit 50 --json'),
    )
    .action(async (options: Options, command: Command) => {
      const client = clientOf(command);
      if (options.follow) return await follow(client, options);
      const entries = await waitingFor('asking the coordinator', entriesAfter(client, options.after, options.limit));
      if (options.json) printJson(entries);
      else for (const entry of entries) print(journalLine(entry));
    });
}

function entriesAfter(client: ApiClient, after: number | undefined, limit: number): Promise<JournalEntry[]> {
  const query = new URLSearchParams({ limit: String(limit), ...(after === undefined ? {} : { after: String(after) }) });
  return client.get<JournalEntry[]>(`/events?${query}`);
}

/** Each entry once and in order, whatever the stream does: what it missed is asked for when it stands again. */
async function follow(client: ApiClient, options: Options): Promise<void> {
  let last = options.after ?? 0;
  const show = (entry: JournalEntry) => {
    if (entry.id <= last) return;
    last = entry.id;
    print(options.json ? JSON.stringify(entry) : journalLine(entry));
  };
  for (const entry of await entriesAfter(client, options.after, options.limit)) show(entry);
  let catchingUp: Promise<void> = Promise.resolve();
  const stream = client.stream({
    onOpen: () => {
      catchingUp = catchUp(client, () => last, show).catch((error: Error) => say(clean(error.message)));
    },
    onJournal: (entry) => void catchingUp.then(() => show(entry)),
    onBreak: (why) => say(`connection lost (${clean(why)}); trying again`),
  });
  await untilInterrupted();
  stream.close();
}

async function catchUp(client: ApiClient, last: () => number, show: (entry: JournalEntry) => void): Promise<void> {
  for (;;) {
    const entries = await entriesAfter(client, last(), 1000);
    for (const entry of entries) show(entry);
    if (entries.length < 1000) return;
  }
}
