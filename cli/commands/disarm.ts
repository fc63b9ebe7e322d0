import type { Command } from 'commander';
import type { Accepted, DisarmRequest } from '../../protocol/api.ts';
import { clean } from '../clean-text.ts';
import { clientOf } from '../connection.ts';
import { examples } from '../examples.ts';
import { waitingFor } from '../progress.ts';
import { print, printJson } from '../terminal.ts';

/** `disarm` and `arm`: hands off, and on again. */
export function addDisarm(program: Command): void {
  program
    .command('disarm')
    .summary('start nothing elsewhere, move and fence nothing, until armed again')
    .description(
      'Takes the hands off the cluster, for work on the network or on the cluster itself: until it is armed again nothing is started elsewhere, stopped, moved, promoted, fenced or rebooted. Agents keep running what they run and start it again where it ends; what is commanded meanwhile waits.',
    )
    .option('--reason <text>', 'why, for those who wonder: at most 200 characters')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('evenkeel disarm --reason "switch firmware"', 'evenkeel arm'))
    .action(async ({ reason, json }: { reason?: string; json?: boolean }, command: Command) => {
      const request: DisarmRequest = reason === undefined ? {} : { reason };
      tell(await waitingFor('disarming', clientOf(command).post<Accepted>('/disarm', request)), json);
    });
  program
    .command('arm')
    .summary('act on failures again')
    .description('Ends disarm: failures are acted on as usual. Silence is counted anew, so nobody is given up at once.')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('evenkeel arm'))
    .action(async ({ json }: { json?: boolean }, command: Command) => {
      tell(await waitingFor('arming', clientOf(command).post<Accepted>('/arm')), json);
    });
}

function tell(accepted: Accepted, json: boolean | undefined): void {
  if (json) printJson(accepted);
  else print(accepted.notes.map(clean).join('\n'));
}
