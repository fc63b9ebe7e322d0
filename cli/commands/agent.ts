import { type Command, Option } from 'commander';
import { examples } from '../examples.ts';
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
    .action(async ({ config, lifeline = false }: { config: string; lifeline?: boolean }) => {
      await (await import('../run-agent.ts')).runAgentService({ config, lifeline });
    });
  addAgentCheck(agent);
}
