import type { Command } from 'commander';
import type { Accepted } from '../../protocol/api.ts';
import { OperatingError } from '../../protocol/errors.ts';
import { acceptedLine } from '../accepted.ts';
import { ask } from '../ask.ts';
import { clean } from '../clean-text.ts';
import { clientOf } from '../connection.ts';
import { examples } from '../examples.ts';
import { waitingFor } from '../progress.ts';
import { print, printJson, say } from '../terminal.ts';

export function addAdopt(store: Command): void {
  store
    .command('adopt')
    .summary('take over the nodes of a store that is lost for good')
    .description(
      'Has the running coordinator take over the nodes that obey another store, which evenkeel status names: because that store is lost and there is no backup of it. What they run and this coordinator does not know of is stopped. Refused while a coordinator with that store is on the broker.',
    )
    .argument('<store>', 'the other store, 16 hexadecimal digits')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('evenkeel store adopt 0f3a91c2d47be865'))
    .action(async (name: string, options: { yes?: boolean; json?: boolean }, command: Command) => {
      if (!options.yes) await confirm(name);
      const asked = clientOf(command).post<Accepted>('/store/adopt', { store: name });
      const { notes } = await waitingFor('taking over', asked);
      if (options.json) printJson({ store: name, accepted: true, notes });
      else print(acceptedLine(clean(name), notes));
    });
}

/** Has the name typed: applications that the lost store knew of stop. */
async function confirm(store: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new OperatingError(
      'REQUEST_INVALID',
      `store adopt asks before it acts, and there is no terminal to ask on: add --yes if the store ${store} is surely lost`,
    );
  say(
    'What the nodes run, and this coordinator does not know of, will be stopped. Only go on if that store is lost for good.',
  );
  if ((await ask(`Type ${clean(store)} to confirm: `)) !== store)
    throw new OperatingError('REQUEST_INVALID', 'Not confirmed: nothing was done.');
}
