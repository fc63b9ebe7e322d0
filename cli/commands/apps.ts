import type { Command } from 'commander';
import type { AppView, NodeView } from '../../protocol/view.ts';
import { clientOf } from '../connection.ts';
import { examples } from '../examples.ts';
import { appName, suggesting } from '../names.ts';
import { waitingFor } from '../progress.ts';
import { appsTable, instancesTable, waitingText } from '../show-cluster.ts';
import { print, printJson, width } from '../terminal.ts';

export function addApps(program: Command): void {
  program
    .command('apps')
    .summary('show applications, or one with its instances')
    .description('Shows all applications, or one with its instances and what they wait for.')
    .argument('[app]', 'name of an application')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('evenkeel apps', 'evenkeel apps web', 'evenkeel apps web --json'))
    .action(async (name: string | undefined, options: { json?: boolean }, command: Command) => {
      const client = clientOf(command);
      const path = name === undefined ? '/apps' : `/apps/${encodeURIComponent(appName(name))}`;
      const asked = suggesting(client, name === undefined ? [] : [name], client.get<AppView | AppView[]>(path));
      const answer = await waitingFor('asking the coordinator', asked);
      if (options.json) return printJson(answer);
      const apps = Array.isArray(answer) ? answer : [answer];
      if (apps.length === 0) return print('No applications. Run one with "evenkeel apply FILE".');
      const nodes = await waitingFor('asking the coordinator', client.get<NodeView[]>('/nodes'));
      print(appsTable(apps, nodes, width()));
      if (name !== undefined) for (const app of apps) print(details(app, nodes));
    });
}

function details(app: AppView, nodes: readonly NodeView[]): string {
  const instances = nodes
    .flatMap((node) => node.instances)
    .filter(({ instance }) => instance.startsWith(`${app.app}/`))
    .sort((a, b) => indexOf(a.instance) - indexOf(b.instance));
  const waiting = app.waiting.map(waitingText);
  return `\n${instances.length > 0 ? instancesTable(instances, width()) : 'No instances.\n'}${waiting.join('')}`;
}

const indexOf = (instance: string): number => Number(instance.slice(instance.indexOf('/') + 1));
