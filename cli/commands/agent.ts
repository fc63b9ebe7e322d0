import { type Command, Option } from 'commander';
import { examples } from '../examples.ts';
import { parentGone } from '../lifeline.ts';
import { untilInterrupted } from '../until-interrupted.ts';

export function addAgent(program: Command): void {
  program
    .command('agent')
    .summary('run the agent of a node')
    .description(
      'Runs the agent of a node in the foreground. It logs JSON lines to standard output. When it is told to stop (SIGTERM), its applications run on, and the next agent takes them over.',
    )
    .requiredOption('-c, --config <file>', 'its configuration (YAML)')
    .addOption(new Option('--lifeline', 'stop when standard input ends').hideHelp())
    .addHelpText('after', examples('evenkeel agent --config /etc/evenkeel/agent.yaml'))
    .action(async (options: { config: string; lifeline?: boolean }) => {
      const { loadAgentConfig } = await import('../../agent/config.ts');
      const { runAgent } = await import('../../agent/main.ts');
      const stopped = Promise.race([untilInterrupted(), parentGone(options.lifeline ?? false)]);
      const agent = await runAgent(loadAgentConfig(options.config));
      await stopped;
      await agent.stop();
    });
}
