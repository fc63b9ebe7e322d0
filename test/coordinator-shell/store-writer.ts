import { openSqliteStore } from '../../coordinator/store/sqlite.ts';
import type { InstanceId } from '../../protocol/ids.ts';

/* A process that commits as fast as it can and says so after each commit, until it is killed. */

const store = openSqliteStore(process.argv[2] ?? '');
const instance = 'web/0' as InstanceId;
for (let generation = 1; ; generation++) {
  const text = `commit ${generation}`;
  store.commit(
    [{ table: 'slot', key: instance, value: { instance, generation } }],
    [{ kind: 'decision', severity: 'info', node: null, instance, app: null, text }],
    generation,
  );
  process.stdout.write(`${generation}\n`);
}
