import { clean } from './clean-text.ts';
import type { ApiClient } from './client.ts';
import { follow } from './follow.ts';
import { print } from './terminal.ts';

/** Follows nodes that are drained until they are empty, and says how many instances are left whenever that changes. */
export async function untilEmpty(client: ApiClient, names: readonly string[], quiet: boolean): Promise<void> {
  const left = new Map<string, number>();
  const goesOn = `The drain goes on; "evenkeel uncordon ${names.join(' ')}" calls it off.`;
  await follow(client, goesOn, ({ finish, fail }) => ({
    onView: ({ nodes }) => {
      for (const name of names) {
        const node = nodes.find((each) => each.node === name);
        const count = node?.instances.length ?? 0;
        if (node && !node.draining && count > 0) return fail(`${name}: called off, ${count} still there`);
        if (left.get(name) !== count && !quiet) print(`${name}: ${count === 0 ? 'empty' : `${count} to move away`}`);
        left.set(name, count);
      }
      if (names.every((name) => left.get(name) === 0)) finish();
    },
    onJournal: ({ node, kind, text }) => {
      const isNews = node !== null && names.includes(node) && kind !== 'operator';
      if (isNews && !quiet) print(`  ${clean(text)}`);
    },
  }));
}
