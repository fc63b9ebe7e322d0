import { type Command, Option } from 'commander';
import { examples } from '../examples.ts';
import { parentGone } from '../lifeline.ts';

export function addCoordinator(program: Command): void {
  program
    .command('coordinator')
    .summary('run the coordinator of a cluster')
    .description(
      'Runs the coordinator of a cluster in the foreground, with its broker and page. When it is ready it prints one line of JSON with its addresses; it logs JSON lines to standard error. When it stops, applications run on. On SIGHUP it reads its configuration anew.',
    )
    .requiredOption('-c, --config <file>', 'its configuration (YAML)')
    .addOption(new Option('--lifeline', 'stop when standard input ends').hideHelp())
    .addHelpText('after', examples('evenkeel coordinator --config /etc/evenkeel/coordinator.yaml'))
    .action(async (options: { config: string; lifeline?: boolean }) => {
      const { coordinatorService } = await import('../service/coordinator-service.ts');
      const { runService } = await import('../service/run-service.ts');
      const { supervisorOf } = await import('../service/supervisor.ts');
      const supervisor = supervisorOf(process.env, process.pid);
      await runService(coordinatorService(options.config), supervisor, parentGone(options.lifeline ?? false));
    });
}
