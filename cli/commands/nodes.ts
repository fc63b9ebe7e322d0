import type { Command } from 'commander';
import { showQuantity } from '../../protocol/quantity.ts';
import type { NodeView } from '../../protocol/view.ts';
import { clean } from '../clean-text.ts';
import { clientOf } from '../connection.ts';
import { examples } from '../examples.ts';
import { nodeName, suggesting } from '../names.ts';
import { waitingFor } from '../progress.ts';
import { brakesOn, componentsTable, instancesTable, nodesTable } from '../show-cluster.ts';
import { table } from '../table.ts';
import { print, printJson, width } from '../terminal.ts';

export function addNodes(program: Command): void {
  program
    .command('nodes')
    .summary('show nodes, or one with its server, sensors and instances')
    .description('Shows all nodes, or one with its server, resources, sensors and instances.')
    .argument('[node]', 'name of a node')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('evenkeel nodes', 'evenkeel nodes N1', 'evenkeel nodes N1 --json'))
    .action(async (name: string | undefined, options: { json?: boolean }, command: Command) => {
      const client = clientOf(command);
      if (name === undefined) {
        const nodes = await waitingFor('asking the coordinator', client.get<NodeView[]>('/nodes'));
        if (options.json) printJson(nodes);
        else print(nodes.length === 0 ? 'No node has joined yet.' : nodesTable(nodes, width()));
        return;
      }
      const asked = client.get<NodeView>(`/nodes/${encodeURIComponent(nodeName(name))}`);
      const node = await waitingFor('asking the coordinator', suggesting(client, [name], asked));
      if (options.json) printJson(node);
      else print(nodeText(node));
    });
}

function nodeText(node: NodeView): string {
  const { server, inventory } = node;
  const told = new Set(node.components.flatMap(({ causes }) => causes.map(({ text }) => text)));
  const facts = [
    server && `Server     ${[server.vendor, server.model, server.serial].map(clean).filter(Boolean).join(', ')}`,
    inventory && `System     ${clean(inventory.os)}, Linux ${clean(inventory.kernel)}`,
    inventory && `Processor  ${clean(inventory.cpuModel)}, ${clean(inventory.cpuCores)} cores`,
    ...brakesOn(node).map((brake) => `Brake      ${clean(brake)}`),
    ...node.healthReasons.filter((reason) => !told.has(reason)).map((reason) => `Hardware   ${clean(reason)}`),
  ].filter((fact) => fact !== null);
  const resources = Object.keys(node.capacity).map((resource) => [
    resource,
    showQuantity(resource, node.capacity[resource] ?? 0),
    showQuantity(resource, node.demand[resource] ?? 0),
    node.usage?.[resource] === undefined ? null : showQuantity(resource, node.usage[resource]),
  ]);
  const readings = node.readings.map((reading) => [
    reading.sensor,
    reading.value === null ? null : `${Number(reading.value.toPrecision(6))}`,
    reading.unit,
    node.denied.includes(reading.sensor) ? 'denied' : (reading.level ?? null),
  ]);
  const right = { align: 'right' } as const;
  return [
    nodesTable([node], width()),
    facts.length > 0 ? `${facts.join('\n')}\n` : null,
    componentsTable(node, width()),
    table(
      [
        { title: 'RESOURCE' },
        { title: 'CAPACITY', ...right },
        { title: 'DEMAND', ...right },
        { title: 'USED', ...right },
      ],
      resources,
      width(),
    ),
    node.instances.length > 0 ? instancesTable(node.instances, width()) : 'No instances.\n',
    readings.length > 0
      ? table(
          [{ title: 'SENSOR', shrinkTo: 12 }, { title: 'VALUE', ...right }, { title: 'UNIT' }, { title: 'LEVEL' }],
          readings,
          width(),
        )
      : null,
  ]
    .filter((part) => part !== null)
    .join('\n');
}
