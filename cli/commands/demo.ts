import type { Command } from 'commander';
import { examples } from '../examples.ts';

export function addDemo(program: Command): void {
  program
    .command('demo')
    .summary('play the scenarios on real processes')
    .description(
      'Plays scenarios on this machine with nine agents on mock servers and real applications, and checks from outside that each came out as it should: 7a initial state, 7b a node fails, 7c redundancy is restored, 7d a node is added, 8a the appliance, 8b an application misses its objective, 8c a server is failing, 8d a server is replaced.',
    )
    .argument('<scenario...>', '7a, 7b, 7c, 7d, 8a, 8b, 8c, 8d or all')
    .option('--hang', '7b: the node hangs instead of losing its power', false)
    .option('--keep', 'leave the last cluster running until Ctrl-C', false)
    .option('--json', 'print JSON, one document for each scenario', false)
    .addHelpText('after', examples('evenkeel demo 7b', 'evenkeel demo 7b --hang', 'evenkeel demo all --keep'))
    .action(async (names: string[], options: { hang: boolean; keep: boolean; json: boolean }) => {
      const { runDemo } = await import('../demo/main.ts');
      process.exitCode = await runDemo(names, options);
    });
}
