import type { Command } from 'commander';
import { clean } from '../clean-text.ts';
import { examples } from '../examples.ts';
import { EXIT } from '../exit-codes.ts';
import { green, print, printJson, red, yellow } from '../terminal.ts';

const MARKS = { found: green('found '), absent: yellow('absent'), failed: red('FAILED') };

export function addAgentCheck(agent: Command): void {
  agent
    .command('check')
    .summary('say what an agent finds on this machine')
    .description(
      'Says what an agent with this configuration finds on this machine: sensors, BMC, broker, disks, watchdog; what is missing, and how to get it. It changes nothing. Exit code 1 when something fails that the agent needs; 0 when something is merely absent.',
    )
    .option('--json', 'print JSON')
    .addHelpText('after', examples('evenkeel agent check --config /etc/evenkeel/agent.yaml'))
    .action(async (_options: unknown, command: Command) => {
      const { config: file, json } = command.optsWithGlobals<{ config: string; json?: boolean }>();
      const { loadAgentConfig } = await import('../../agent/config.ts');
      const { checkMachine } = await import('../../agent/check/check-machine.ts');
      const findings = await checkMachine(loadAgentConfig(file));
      const ok = findings.every(({ state }) => state !== 'failed');
      if (json) printJson({ ok, findings });
      else
        for (const { part, state, detail, cure } of findings)
          print(`${MARKS[state]}  ${clean(`${part}: ${detail}`)}${cure === '' ? '' : `\n        ${clean(cure)}`}`);
      if (!ok) process.exitCode = EXIT.failed;
    });
}
