import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Effect } from '../../coordinator/core/effects.ts';
import type { Happening } from '../../coordinator/core/events.ts';
import { DEFAULT_SETTINGS } from '../../coordinator/core/settings.ts';
import type { Node } from '../../coordinator/core/state.ts';
import { Runtime } from '../../coordinator/shell/runtime.ts';
import { openSqliteStore } from '../../coordinator/store/sqlite.ts';
import type { Store } from '../../coordinator/store/store.ts';
import { loadSolver } from '../../placement/solver.ts';
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

function start(store: Store, done: Effect[]): Runtime {
  return new Runtime({
    cluster: 'test',
    run: 'test',
    settings: { ...DEFAULT_SETTINGS, replanDelayMs: 0, bmc: { all: true, nodes: [] } },
    store,
    log: pino({ level: 'silent' }),
    perform: (effect) => done.push(effect),
  });
}
const WEB = AppSpec.parse({
  name: 'web',
  demand: { cpu: 1 },
  runtime: { driver: 'process', command: ['/bin/true'] },
});

test('while the store cannot be written nothing changes, leases go on, and it goes on by itself afterwards', async () => {
  const store = fillable();
  const done: Effect[] = [];
  const runtime = start(store, done);
  const apply = () => runtime.command({ kind: 'apply', spec: WEB });
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

test('a lease that went out while the store could not be written counts', () => {
  const store = fillable();
  const runtime = start(store, []);
  runtime.feed({ kind: 'greeted', hello: HELLO });
  const grantedAt = () => runtime.state.nodes.get(HELLO.node)?.watch.grantedAt ?? 0;
  const before = grantedAt();
  store.full = true;
  // it is suspect by now, so that hearing it again would be journalled, which is refused
  const nodes = new Map([...runtime.state.nodes].map(([name, node]) => [name, suspect(node)]));
  Object.assign(runtime.state, { nodes });
  runtime.feed({ kind: 'heartbeaten', heartbeat: HEARTBEAT });
  expect(runtime.storeError?.code).toBe('STORE_FULL');
  expect(grantedAt()).toBeGreaterThan(before);
});

const suspect = (node: Node): Node => ({ ...node, watch: { ...node.watch, liveness: 'suspect' } });

test('what comes only once is taken up when the store can be written again', async () => {
  const store = fillable();
  const done: Effect[] = [];
  const runtime = start(store, done);
  const once = (happening: Happening) => {
    store.full = true;
    runtime.feed(happening);
    runtime.feed({ kind: 'ticked' });
    store.full = false;
    runtime.feed({ kind: 'ticked' });
  };
  const last = <K extends Effect['kind']>(kind: K) =>
    done.findLast((e): e is Extract<Effect, { kind: K }> => e.kind === kind)!;
  runtime.feed({ kind: 'greeted', hello: HELLO });

  runtime.feed({ kind: 'listened', deaf: true, detail: 'no connection' });
  once({ kind: 'listened', deaf: false, detail: '' });
  expect(runtime.state.deaf).toBeNull();

  const solver = await loadSolver();
  const answer = (): Happening => {
    runtime.feed({ kind: 'ticked' });
    const { solve, problem } = last('solve');
    const solution = solver.solve(problem, { seed: 1, steps: 100 });
    return { kind: 'solved', solve, solution, error: null, tookMs: 1 };
  };
  await runtime.command({ kind: 'apply', spec: WEB });
  // questions asked before it are answered first
  while (runtime.state.solve?.epoch !== runtime.state.epoch) runtime.feed(answer());
  once(answer());
  expect(runtime.state.bindings.size).toBe(1);

  runtime.feed({ kind: 'hinted', gone: { v: 1, node: HELLO.node, bootId: HELLO.bootId } });
  const off = () =>
    ({ kind: 'powerAnswered', node: HELLO.node, query: last('queryPower').query, power: 'off', detail: '' }) as const;
  runtime.feed(off());
  once(off());
  expect(runtime.state.nodes.get(HELLO.node)?.watch.liveness).toBe('lost');
});
