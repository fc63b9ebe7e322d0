import type { ClusterView } from '../protocol/view.ts';
import { clean } from './clean-text.ts';
import type { ApiClient } from './client.ts';
import { EXIT } from './exit-codes.ts';
import { print, say } from './terminal.ts';

/** Says how far a rolling reboot is, until it is over. One that stops or is called off ends as a failure; Ctrl-C only leaves it. */
export async function followReboot(client: ApiClient, json: boolean): Promise<void> {
  let told = '';
  let last: ClusterView['reboot'];
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
    const leave = () => fail('The rolling reboot goes on; "evenkeel status" says how far it is.');
    const stream = client.stream({
      onView: ({ reboot }: ClusterView) => {
        if (reboot && reboot.text !== told) print(json ? JSON.stringify(reboot) : clean(reboot.text));
        told = reboot?.text ?? '';
        if (reboot?.status === 'stopped')
          return fail('"evenkeel reboot --resume" goes on, "evenkeel reboot --cancel" ends it.');
        if (!reboot) return last?.status === 'ending' || !isWhole(last) ? fail('called off') : finish();
        last = reboot;
      },
      onJournal: (entry) => {
        if (!json && entry.kind === 'operator') print(`  ${clean(entry.text)}`);
      },
      onBreak: (why) => say(`connection lost (${clean(why)}); trying again`),
    });
    process.on('SIGINT', leave);
    process.on('SIGTERM', leave);
  });
}

/** Its end was near: all but the last node were back, and that one was being watched. */
function isWhole(last: ClusterView['reboot']): boolean {
  if (!last) return true; // over before the first view came
  const open = last.nodes.filter(({ state }) => state !== 'done');
  return open.length === 0 || (open.length === 1 && open[0]?.state === 'coming-back');
}
