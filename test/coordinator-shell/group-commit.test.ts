import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { readyOf } from '../../cli/own-program.ts';
import type { Command } from '../../coordinator/core/events.ts';
import { DEFAULT_SETTINGS } from '../../coordinator/core/settings.ts';
import { Runtime } from '../../coordinator/shell/runtime.ts';
import { openSqliteStore } from '../../coordinator/store/sqlite.ts';
import type { Store } from '../../coordinator/store/store.ts';
import { OperatingError } from '../../protocol/errors.ts';
import { AppSpec } from '../../protocol/spec.ts';
import { ROOT } from '../../scripts/runtime.mjs';
import { HELLO } from './messages.ts';
import { afterwards, temporaryFolder } from './temporary.ts';

/* Changes that come together share a commit. */

function begun(wrap: (store: Store) => Store = (store) => store) {
  const store = openSqliteStore(join(temporaryFolder(), 'evenkeel.db'));
  afterwards(() => store.close());
  const runtime = new Runtime({
    cluster: 'test',
    run: 'a',
    settings: DEFAULT_SETTINGS,
    store: wrap(store),
    log: pino({ level: 'silent' }),
    perform: () => {},
  });
  runtime.feed({ kind: 'greeted', hello: HELLO });
  return { store, runtime };
}
const apply = (name: string, units: number): Command => ({
  kind: 'apply',
  spec: AppSpec.parse({ name, demand: { units }, runtime: { driver: 'process', command: ['/bin/true'] } }),
});

test('what comes together is one commit, and each is answered after it', async () => {
  let commits = 0;
  const { store, runtime } = begun((inner) => ({
    ...inner,
    commit(...args) {
      const lines = inner.commit(...args);
      commits++;
      return lines;
    },
  }));
  commits = 0;
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const reply = await runtime.command(apply(`a${i}`, i));
      return { reply, commits, stored: store.load().apps.length };
    }),
  );
  for (const answer of answers) expect(answer).toMatchObject({ reply: { ok: true }, commits: 1, stored: 20 });
  expect(store.journalTail(20).map(({ app }) => app)).toEqual(answers.map((_, i) => `a${i}`));
});

test('when the commit fails none of them happened, and each is told', async () => {
  const { store, runtime } = begun((inner) => {
    let commits = 0;
    return {
      ...inner,
      commit(...args) {
        if (++commits === 3) throw new OperatingError('STORE_FULL', 'there is no room to write evenkeel.db');
        return inner.commit(...args);
      },
    };
  });
  const outcomes = await Promise.allSettled([1, 2, 3].map((i) => runtime.command(apply(`a${i}`, i))));
  for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'STORE_FULL' } });
  expect([runtime.state.apps.size, store.load().apps.length]).toEqual([0, 0]);
  await expect(runtime.command(apply('a1', 1))).resolves.toMatchObject({ ok: true });
});

test('one that the core cannot digest takes no other with it', async () => {
  const { runtime } = begun();
  const outcomes = await Promise.allSettled([
    runtime.command(apply('a1', 1)),
    runtime.command({ kind: 'apply', spec: null as never }),
    runtime.command(apply('a2', 2)),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect([...runtime.state.apps.keys()]).toEqual(['a1', 'a2']);
});

test('commands given together lead where they lead when given one after the other', async () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const command: fc.Arbitrary<Command> = fc.oneof(
    fc.tuple(name, fc.nat(3)).map(([app, units]) => apply(app, units)),
    name.map((app): Command => ({ kind: 'delete', app: app as never })),
    fc
      .constantFrom('cordon' as const, 'uncordon' as const, 'drain' as const, 'replace' as const)
      .map((action): Command => ({ kind: 'node', action, node: HELLO.node })),
    fc.constant<Command>({ kind: 'node', action: 'cordon', node: 'N9' as never }),
  );
  const outcome = async (groups: readonly (readonly Command[])[]) => {
    const { store, runtime } = begun();
    const replies = [];
    for (const group of groups) replies.push(...(await Promise.all(group.map((each) => runtime.command(each)))));
    const { meta: _, ...durable } = store.load();
    return { replies, durable, lines: store.journal(0, 1000).map(({ wallMs: __, ...line }) => line) };
  };
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 45 }), async (commands) => {
      expect(await outcome([commands])).toEqual(await outcome(commands.map((each) => [each])));
    }),
    { numRuns: 25 },
  );
});

test('over HTTP as well: no reply leaves before a sync that began after its request was read', async () => {
  const folder = temporaryFolder();
  const config = join(folder, 'coordinator.yaml');
  const trace = join(folder, 'trace');
  writeFileSync(
    config,
    `cluster: group\nstateDir: ${join(folder, 'state')}\nmqtt: {port: 0}\nhttp: {port: 0}\nlog: {level: error}\n`,
  );
  const calls = 'trace=read,write,writev,fdatasync,fsync';
  const program = [process.execPath, join(ROOT, 'dist/evenkeel.js'), 'coordinator', '--config', config, '--lifeline'];
  const child = spawn('strace', ['-f', '-qq', '-s', '60', '-o', trace, '-e', calls, '-e', 'signal=none', ...program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { http } = await readyOf({ process: child } as never);
  const url = http.replace(/\/$/, '');
  const changes = 60;
  await Promise.all(
    Array.from({ length: changes }, async (_, i) => {
      const body = JSON.stringify((apply(`a${i}`, i) as { spec: AppSpec }).spec);
      const response = await fetch(`${url}/api/v1/apps/a${i}`, { method: 'PUT', body });
      expect([response.status, await response.json()]).toMatchObject([200, { accepted: true }]);
    }),
  );
  child.stdin.end();
  await once(child, 'close');
  const { replies, syncs } = checkedOrder(readFileSync(trace, 'utf8'));
  expect(replies).toBe(changes);
  expect(syncs).toBeLessThan(changes);
}, 60_000);

/** Of the changes in the trace of a coordinator's system calls. Fails on a reply that no sync went before. */
function checkedOrder(trace: string): { replies: number; syncs: number } {
  const waiting = new Map<string, { synced: boolean }>(); // by connection
  let begunAfter: ReadonlySet<{ synced: boolean }> = new Set();
  let replies = 0;
  let syncs = 0;
  for (const line of trace.split('\n')) {
    const [, fd = '', text = ''] = /(?:read|write|writev)\((\d+), (.*)/.exec(line) ?? [];
    const isMore = / read\(\d+, "/.test(line) && waiting.has(fd); // its body
    if (isMore || /^"PUT \/api\/v1\/apps/.test(text)) waiting.set(fd, { synced: false });
    else if (/f(data)?sync\(/.test(line)) begunAfter = new Set(waiting.values());
    if (/f(data)?sync(\(| resumed).*= 0$/.test(line)) {
      for (const request of begunAfter) request.synced = true;
      if (waiting.size > 0) syncs++;
    }
    const request = /HTTP\/1\.1 200/.test(text) ? waiting.get(fd) : undefined;
    if (!request) continue;
    expect(request.synced, line).toBe(true);
    waiting.delete(fd);
    replies++;
  }
  return { replies, syncs };
}
