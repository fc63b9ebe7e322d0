import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Effect } from '../../coordinator/core/effects.ts';
import { DEFAULT_SETTINGS } from '../../coordinator/core/settings.ts';
import { Runtime } from '../../coordinator/shell/runtime.ts';
import { openSqliteStore } from '../../coordinator/store/sqlite.ts';
import type { Store } from '../../coordinator/store/store.ts';
import { OperatingError } from '../../protocol/errors.ts';
import { AppSpec } from '../../protocol/spec.ts';
import { HEARTBEAT, HELLO } from './messages.ts';
import { afterwards, temporaryFolder } from './temporary.ts';

/** A real store on a disk that can be full. */
function fillable(): Store & { full: boolean } {
  const store = openSqliteStore(join(temporaryFolder(), 'evenkeel.db'));
  afterwards(() => store.close());
  const disk = { full: false };
  return {
    ...store,
    get full() {
      return disk.full;
    },
    set full(value) {
      disk.full = value;
    },
    commit(...args) {
      if (disk.full) throw new OperatingError('STORE_FULL', 'there is no room to write evenkeel.db');
      return store.commit(...args);
    },
  };
}

test('while the store cannot be written nothing changes, leases go on, and it goes on by itself afterwards', async () => {
  const store = fillable();
  const done: Effect[] = [];
  const runtime = new Runtime({
    cluster: 'test',
    settings: DEFAULT_SETTINGS,
    store,
    log: pino({ level: 'silent' }),
    perform: (effect) => done.push(effect),
  });
  const apply = () =>
    runtime.command({
      kind: 'apply',
      spec: AppSpec.parse({ name: 'web', demand: { cpu: 1 }, runtime: { driver: 'process', command: ['/bin/true'] } }),
    });
  runtime.feed({ kind: 'greeted', hello: HELLO });
  store.full = true;

  await expect(apply()).rejects.toMatchObject({ code: 'STORE_FULL' });
  expect(runtime.state.apps.size).toBe(0);
  expect(runtime.view()).toMatchObject({ tone: 'bad', sentence: expect.stringContaining('What runs goes on') });
  runtime.feed({ kind: 'heartbeaten', heartbeat: HEARTBEAT });
  expect(done.at(-1)).toMatchObject({ kind: 'grant', lease: { node: 'N1', sequence: 0 } });
  runtime.feed({ kind: 'greeted', hello: { ...HELLO, node: 'N2' as never } });
  expect([...runtime.state.nodes.keys()]).toEqual(['N1']);

  store.full = false;
  await expect(apply()).resolves.toMatchObject({ ok: true });
  expect(runtime.view().sentence).not.toContain('Nothing can be changed');
  expect(store.load().apps).toHaveLength(1);
});
