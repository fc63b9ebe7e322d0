import { openSqliteStore } from '../../coordinator/store/sqlite.ts';
import type { InstanceId } from '../../protocol/ids.ts';

/*
 * A process that commits as fast as it can, or so many ms apart, and says after each commit whether it was accepted:
 * `N` or `N CODE`. It goes on after what is refused, until it is killed or has tried so many.
 */

const [file = '', most = 'Infinity', everyMs = '0'] = process.argv.slice(2);
const store = openSqliteStore(file);
const instance = 'web/0' as InstanceId;
for (let generation = 1; generation <= Number(most); generation++) {
  const text = `commit ${generation}`;
  let answer = `${generation}`;
  try {
    store.commit(
      [{ table: 'slot', key: instance, value: { instance, generation } }],
      [{ kind: 'decision', severity: 'info', node: null, instance, app: null, text }],
      generation,
    );
  } catch (error) {
    answer += ` ${(error as { code?: string }).code}`;
  }
  process.stdout.write(`${answer}\n`);
  if (everyMs !== '0') await new Promise((resolve) => setTimeout(resolve, Number(everyMs)));
}
