import type { ClusterView } from '../protocol/view.ts';
import { clean } from './clean-text.ts';
import type { ApiClient } from './client.ts';
import { EXIT } from './exit-codes.ts';
import { print, say } from './terminal.ts';

/**
 * Follows nodes that are drained until they are empty, and says how many instances are left whenever that changes. Called off, or left
 * with Ctrl-C, the exit code is that of a failure; the drain itself goes on in the latter case.
 */
export async function untilEmpty(client: ApiClient, names: readonly string[], quiet: boolean): Promise<void> {
  const left = new Map<string, number>();
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
    const leave = () => fail(`The drain goes on; "evenkeel uncordon ${names.join(' ')}" calls it off.`);
    const stream = client.stream({
      onView: ({ nodes }: ClusterView) => {
        for (const name of names) {
          const node = nodes.find((each) => each.node === name);
          const count = node?.instances.length ?? 0;
          if (node && !node.draining && count > 0) return fail(`${name}: called off, ${count} still there`);
          if (left.get(name) !== count && !quiet) print(`${name}: ${count === 0 ? 'empty' : `${count} to move away`}`);
          left.set(name, count);
        }
        if (names.every((name) => left.get(name) === 0)) finish();
      },
      onJournal: (entry) => {
        const concerns = entry.node !== null && names.includes(entry.node);
        if (concerns && !quiet && entry.kind !== 'operator') print(`  ${clean(entry.text)}`);
      },
      onBreak: (why) => say(`connection lost (${clean(why)}); trying again`),
    });
    process.on('SIGINT', leave);
    process.on('SIGTERM', leave);
  });
}
