import { clean } from './clean-text.ts';
import type { ApiClient } from './client.ts';
import type { StreamHandlers } from './event-stream.ts';
import { EXIT } from './exit-codes.ts';
import { say } from './terminal.ts';

export interface Ends {
  readonly finish: () => void;
  /** Says why, and makes the exit code that of a failure. */
  readonly fail: (text: string) => void;
}

/** Follows something that the coordinator does by itself, until it ends. Ctrl-C only leaves it: `goesOn` says so, as a failure. */
export async function follow(
  client: ApiClient,
  goesOn: string,
  handlers: (ends: Ends) => Pick<StreamHandlers, 'onView' | 'onJournal'>,
): Promise<void> {
  await new Promise<void>((resolve) => {
    const finish = () => {
      process.removeListener('SIGINT', leave);
      process.removeListener('SIGTERM', leave);
      stream.close();
      resolve();
    };
    const fail = (text: string) => {
      say(text);
      process.exitCode = EXIT.failed;
      finish();
    };
    const leave = () => fail(goesOn);
    const stream = client.stream({
      ...handlers({ finish, fail }),
      onBreak: (why) => say(`connection lost (${clean(why)}); trying again`),
    });
    process.on('SIGINT', leave);
    process.on('SIGTERM', leave);
  });
}
