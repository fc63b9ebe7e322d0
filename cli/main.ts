import { CommanderError } from 'commander';
import { OperatingError } from '../protocol/errors.ts';
import { ApiRefusal } from './api-error.ts';
import { clean } from './clean-text.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
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

endOnClosedPipe();
try {
  const program =
    process.argv[2] === 'agent'
      ? (await import('./agent-program.ts')).createAgentProgram()
      : (await import('./program.ts')).createProgram();
  await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage; // commander has said why already
  } else {
    report(error);
    process.exitCode = exitCodeOf(error);
  }
}
