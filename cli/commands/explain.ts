import type { Command } from 'commander';
import type { Explanation } from '../../protocol/api.ts';
import { clean } from '../clean-text.ts';
import { clientOf } from '../connection.ts';
import { examples } from '../examples.ts';
import { appName, suggesting } from '../names.ts';
import { waitingFor } from '../progress.ts';
import { table } from '../table.ts';
import { bold, print, printJson, width } from '../terminal.ts';

export function addExplain(program: Command): void {
  program
    .command('explain')
    .summary('say why an application runs where it does, and why not elsewhere')
    .description(
      'Says for each instance why it runs where it does (or nowhere), what it would cost more on the best other node, and for every other node all that speaks against it.',
    )
    .argument('<app>', 'name of an application')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('evenkeel explain web'))
    .action(async (name: string, options: { json?: boolean }, command: Command) => {
      const client = clientOf(command);
      const asked = client.get<Explanation>(`/explain/${encodeURIComponent(appName(name))}`);
      const explanation = await waitingFor('asking the coordinator', suggesting(client, [name], asked));
      if (options.json) printJson(explanation);
      else print(explanationText(explanation));
    });
}

function explanationText({ app, instances }: Explanation): string {
  if (instances.length === 0) return `${clean(app)} has no instances: none are wanted.`;
  const columns = [{ title: '  NODE' }, { title: 'POSSIBLE' }, { title: 'WHY NOT THERE', shrinkTo: 20 }];
  return instances
    .map(({ instance, node, why, failing, held, others }) =>
      [
        `${bold(clean(instance))} ${placeText(node, failing)}: ${why.map(clean).join('; ')}\n`,
        failing === undefined ? '' : `  ${clean(failing)}.\n`,
        held === null ? '' : `  ${heldText(held)}\n`,
        others.length === 0
          ? ''
          : table(
              columns,
              others.map((other) => [
                `  ${other.node}`,
                other.allowed ? 'yes' : 'no',
                other.reasons.join('; ') || null,
              ]),
              width(),
            ),
      ].join(''),
    )
    .join('\n');
}

function placeText(node: string | null, failing: string | undefined): string {
  if (node === null) return 'runs nowhere';
  return failing === undefined ? `runs on ${clean(node)}` : `is to run on ${clean(node)}, and fails to start`;
}

/**
 * `on N4, the best other node, it would cost 1.20 more: move 1, load 0.40, imbalance -0.20`; where rules or failure domains decide
 * before cost does, they are said first.
 */
function heldText({ node, terms, cost }: NonNullable<Explanation['instances'][number]['held']>): string {
  const amount = (value: number) => (Number.isInteger(value) ? `${value}` : value.toFixed(2));
  const listed = (list: typeof terms) => list.map((one) => `${one.term} ${amount(one.amount)}`).join(', ');
  const isFirst = ({ term }: (typeof terms)[number]) => term === 'rules' || term === 'failure domains';
  const [first, priced] = [terms.filter(isFirst), terms.filter((one) => !isFirst(one))];
  const differs = cost < 0 ? `${amount(-cost)} less` : `${amount(cost)} more`;
  const price = `it would cost ${differs}${priced.length === 0 ? '' : `: ${listed(priced)}`}`;
  const place = `on ${clean(node)}, the best other node, `;
  if (first.length === 0) return `${place}${price}`;
  const speaks = first[0]!.amount > 0 ? 'speaks against it' : 'speaks for it';
  return `${place}what counts before any cost ${speaks} (${listed(first)}); beside that ${price}`;
}
