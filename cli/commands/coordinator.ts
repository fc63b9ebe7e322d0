import { type Command, Option } from 'commander';
import { examples } from '../examples.ts';
import { parentGone } from '../lifeline.ts';
import { print } from '../terminal.ts';
import { untilInterrupted } from '../until-interrupted.ts';

export function addCoordinator(program: Command): void {
  program
    .command('coordinator')
    .summary('run the coordinator of a cluster')
    .description(
      'Runs the coordinator of a cluster in the foreground, with its broker and page. When it is ready it prints one line of JSON with its addresses; it logs JSON lines to standard error. When it stops, applications run on.',
    )
    .requiredOption('-c, --config <file>', 'its configuration (YAML)')
    .addOption(new Option('--lifeline', 'stop when standard input ends').hideHelp())
    .addHelpText('after', examples('evenkeel coordinator --config /etc/evenkeel/coordinator.yaml'))
    .action(async (options: { config: string; lifeline?: boolean }) => {
      const { loadCoordinatorConfig } = await import('../../coordinator/config.ts');
      const { runCoordinator } = await import('../../coordinator/main.ts');
      const stopped = Promise.race([untilInterrupted(), parentGone(options.lifeline ?? false)]);
      const { httpUrl, mqttUrl, socket, stop } = await runCoordinator(loadCoordinatorConfig(options.config));
      print(JSON.stringify({ ready: true, http: httpUrl, mqtt: mqttUrl, socket }));
      await stopped;
      await stop();
    });
}
