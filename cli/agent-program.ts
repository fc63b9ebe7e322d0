import { Command } from 'commander';
import { addAgent } from './commands/agent.ts';

/** The command with its agent alone: an agent runs for months and keeps in memory whatever it has loaded. */
export function createAgentProgram(): Command {
  const program = new Command('evenkeel').exitOverride().showHelpAfterError('(add --help for more)');
  addAgent(program);
  return program;
}
