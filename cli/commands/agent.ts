import { type Command, Option } from 'commander';
import { examples } from '../examples.ts';
import { parentGone } from '../lifeline.ts';
import { addAgentCheck } from './agent-check.ts';

export function addAgent(program: Command): void {
  const agent = program
    .command('agent')
    .summary('run the agent of a node')
    .description(
      'Runs the agent of a node in the foreground. It logs JSON lines to standard output. When it is told to stop (SIGTERM), its applications run on, and the next agent takes them over. On SIGHUP it reads its configuration anew; applications run on.',
    )
    .requiredOption('-c, --config <file>', 'its configuration (YAML)')
    .addOption(new Option('--lifeline', 'stop when standard input ends').hideHelp())
    .addHelpText('after', examples('evenkeel agent --config /etc/evenkeel/agent.yaml'))
    .action(async (options: { config: string; lifeline?: boolean }) => {
      const { agentService } = await import('../service/agent-service.ts');
      const { runService } = await import('../service/run-service.ts');
      const { supervisorOf } = await import('../service/supervisor.ts');
      const supervisor = supervisorOf(process.env, process.pid);
      await runService(agentService(options.config), supervisor, parentGone(options.lifeline ?? false));
    });
  addAgentCheck(agent);
}
