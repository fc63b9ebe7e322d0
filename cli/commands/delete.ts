import type { Command } from 'commander';
import type { Accepted } from '../../protocol/api.ts';
import { acceptedLine } from '../accepted.ts';
import { clientOf } from '../connection.ts';
import { examples } from '../examples.ts';
import { appName, suggesting } from '../names.ts';
import { waitingFor } from '../progress.ts';
import { print, printJson } from '../terminal.ts';

export function addDelete(program: Command): void {
  program
    .command('delete')
    .summary('stop applications and forget them')
    .description('Stops all instances of applications and forgets them.')
    .argument('<app...>', 'names of applications')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('evenkeel delete web'))
    .action(async (apps: string[], options: { json?: boolean }, command: Command) => {
      const names = apps.map(appName);
      const client = clientOf(command);
      const results = [];
      for (const app of names) {
        const deleted = suggesting(client, [app], client.del<Accepted>(`/apps/${encodeURIComponent(app)}`));
        const { notes } = await waitingFor(`deleting ${app}`, deleted);
        results.push({ app, accepted: true, notes });
        if (!options.json) print(acceptedLine(app, notes));
      }
      if (options.json) printJson(results);
    });
}
