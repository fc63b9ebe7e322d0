import type { RebootView } from '../protocol/view.ts';
import { clean } from './clean-text.ts';
import type { ApiClient } from './client.ts';
import { follow } from './follow.ts';
import { print } from './terminal.ts';

/** Says how far a rolling reboot is, until it is over. One that stops or is called off ends as a failure. */
export async function followReboot(client: ApiClient, json: boolean): Promise<void> {
  let last: RebootView | undefined;
  const goesOn = 'The rolling reboot goes on; "evenkeel status" says how far it is.';
  await follow(client, goesOn, ({ finish, fail }) => ({
    onView: ({ reboot }) => {
      if (!reboot) return isWhole(last) ? finish() : fail('The rolling reboot was called off.');
      if (reboot.text !== last?.text) print(json ? JSON.stringify(reboot) : clean(reboot.text));
      last = reboot;
      if (reboot.status === 'stopped') fail('"evenkeel reboot --resume" goes on, "evenkeel reboot --cancel" ends it.');
    },
    onJournal: ({ kind, text }) => {
      if (!json && kind === 'operator') print(`  ${clean(text)}`);
    },
  }));
}

/** Its end was near: all but the last node were back, and that one was being watched. */
function isWhole(last: RebootView | undefined): boolean {
  if (!last) return true; // over before the first view came
  if (last.status === 'ending') return false;
  const open = last.nodes.filter(({ state }) => state !== 'done');
  return open.length === 0 || (open.length === 1 && open[0]?.state === 'coming-back');
}
