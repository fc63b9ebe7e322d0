import type { CommanderError } from 'commander';
import { OperatingError } from '../protocol/errors.ts';
import { ApiRefusal } from './api-error.ts';
import { clean } from './clean-text.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import type { AgentRun } from './run-agent.ts';
import { endOnClosedPipe, say } from './terminal.ts';

/** Tells what went wrong. A mistake of ours shows where it happened; what the world did needs no stack. */
function report(error: unknown): void {
  if (!(error instanceof OperatingError)) {
    say(`evenkeel: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return;
  }
  for (const line of error.message.split('\n')) say(clean(line));
  if (error instanceof ApiRefusal) for (const detail of error.details) say(`  ${clean(detail)}`);
}

/** By its code: the class comes with all of commander, which an agent does without. */
function isCommanderError(error: unknown): error is CommanderError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('commander.');
}

/** `--config FILE [--lifeline]`, as units and the demo start agents for months; null for whatever else there is to be understood. */
function runOf(rest: readonly string[]): AgentRun | null {
  const [option, config, lifeline, ...more] = rest;
  if (option !== '--config' || config === undefined || config.startsWith('-') || more.length > 0) return null;
  if (lifeline !== undefined && lifeline !== '--lifeline') return null;
  return { config, lifeline: lifeline !== undefined };
}

endOnClosedPipe();
try {
  const [, , name, ...rest] = process.argv;
  const agent = name === 'agent' ? runOf(rest) : null;
  if (agent) await (await import('./run-agent.ts')).runAgentService(agent);
  else {
    const program =
      name === 'agent'
        ? (await import('./agent-program.ts')).createAgentProgram()
        : (await import('./program.ts')).createProgram();
    await program.parseAsync(process.argv);
  }
} catch (error) {
  if (isCommanderError(error)) {
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage; // commander has said why already
  } else {
    report(error);
    process.exitCode = exitCodeOf(error);
  }
}
