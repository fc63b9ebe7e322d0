import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { defaultStateDir } from '../../cli/locations.ts';
import { findTarget } from '../../cli/target.ts';
import type { Explanation, PlanPreview } from '../../protocol/api.ts';
import type { AppName, NodeName } from '../../protocol/ids.ts';
import { parseSpecs } from '../../protocol/spec-file.ts';
import { cannedView, entry, instance, node } from './canned-view.ts';
import { type FakeCoordinator, fakeCoordinator } from './fake-coordinator.ts';
import { evenkeel, type RunOptions } from './run-cli.ts';

const WEB = 'name: web\ndemand: { cpu: 250m, memory: 64Mi }\nruntime: { driver: process, command: [run] }\n';
const A_STEP = { detour: false, interrupts: false, why: null, after: [], together: [], wave: 0 };
let folder: string;
let fake: FakeCoordinator;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evenkeel-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  fake = await fakeCoordinator(cannedView());
});
afterEach(() => fake.close());

const run = (args: readonly string[], options: RunOptions = {}) =>
  evenkeel(args, { ...options, env: { EVENKEEL_URL: fake.url, ...options.env } });
async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}
const changes = () =>
  fake.requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);

describe('finding the coordinator', () => {
  test('--url, --socket and both variables', async () => {
    const socket = join(folder, 'api.sock');
    const local = await fakeCoordinator({ ...cannedView(), cluster: 'by-socket' }, socket);
    try {
      const none = { EVENKEEL_URL: '' };
      expect((await run(['status', '--url', fake.url], { env: none })).out).toContain('lab');
      expect((await run(['--socket', socket, 'status'], { env: none })).out).toContain('by-socket');
      expect((await run(['status'], { env: { ...none, EVENKEEL_SOCKET: socket } })).out).toContain('by-socket');
      expect((await run(['status'])).out).toContain('lab');
    } finally {
      await local.close();
    }
  });

  test('this machine’s own is the one that was started last', async () => {
    const state = join(folder, 'state');
    await mkdir(join(state, 'mock'), { recursive: true });
    expect(findTarget({}, {}, state)).toEqual({ url: 'http://127.0.0.1:7400' });
    const [real, mock] = [join(state, 'evenkeel.sock'), join(state, 'mock/evenkeel.sock')];
    const servers = [await fakeCoordinator(cannedView(), mock), await fakeCoordinator(cannedView(), real)];
    try {
      for (const [later, earlier] of [
        [real, mock],
        [mock, real],
      ] as const) {
        await utimes(earlier, 1000, 1000);
        await utimes(later, 2000, 2000);
        expect(findTarget({}, {}, state)).toEqual({ socket: later });
      }
      expect(findTarget({}, { EVENKEEL_URL: 'http://x:1/' }, state)).toEqual({ url: 'http://x:1' });
    } finally {
      for (const server of servers) await server.close();
    }
  });

  test.each([
    [0, {}, '/var/lib/evenkeel'],
    [1000, { HOME: '/home/ann' }, '/home/ann/.local/state/evenkeel'],
    [1000, { HOME: '/home/ann', XDG_STATE_HOME: '/state' }, '/state/evenkeel'],
  ])('files of user %i with %j lie in %s', (uid, env, expected) => {
    expect(defaultStateDir(env, uid)).toBe(expected);
  });

  test('one that is not there: exit code 3, and what to do', async () => {
    const { code, err, out } = await run(['status', '--socket', join(folder, 'none.sock')]);
    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toContain('there is no such socket');
    expect(err).toContain('evenkeel up');
  });

  test.each([[['--url', 'ftp://x']], [['--url', 'x']], [['--url', 'http://x', '--socket', '/x']]])(
    '%j: exit code 2',
    async (options) => {
      expect((await run(['status', ...options])).code).toBe(2);
    },
  );
});

describe('looking', () => {
  test('status says how the cluster is, then its nodes and applications', async () => {
    const { code, out, err } = await run(['status']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('lab: All 4 instances run.\nsurvives the loss of any one node\n');
    expect(out).toMatch(/^N1 +alive +rack-1 +25% \(10% used\) +25% \(13% used\) +2 +by its BMC +ok$/m);
    expect(out).toMatch(/^N2 +alive, cordoned /m);
    expect(out).toMatch(/^N3 .* by hand +degraded: FAN2 is at 900 RPM$/m);
    expect(out).toMatch(/^queue +2\/2 +1\/2 +50 +- +N1 \(N3\)$/m);
    expect(out).toContain('web/2 waits: no node has 500m cpu free');
  });

  test('status says of a fence held back and of a quarantine why, until when and what can be done', async () => {
    const view = cannedView();
    const fenceHeld = { forMs: 1000, leftMs: 60_000, text: 'N2 is dead and may not be fenced yet' };
    const quarantine = { failures: 3, forMs: 1000, leftMs: 60_000, text: 'it failed 3 times within 60 min' };
    const [first, second, third] = view.nodes;
    fake.view = {
      ...view,
      nodes: [{ ...first!, quarantine }, { ...second!, liveness: 'dead', cordoned: false, fenceHeld }, third!],
    };
    const { out } = await run(['status']);
    expect(out).toMatch(/^N1 +alive, quarantined /m);
    expect(out).toMatch(/^N2 +dead, fence held back /m);
    expect(out).toContain(`${fenceHeld.text}\n`);
    expect(out).toContain(`N1 is quarantined: ${quarantine.text}\n`);
  });

  test.each([
    [['status', '--json'], () => cannedView()],
    [['nodes', '--json'], () => cannedView().nodes],
    [['nodes', 'N2', '--json'], () => cannedView().nodes[1]],
    [['apps', '--json'], () => cannedView().apps],
    [['apps', 'web', '--json'], () => cannedView().apps[1]],
    [['events', '--json'], () => cannedView().journal],
    [['journal', '--json'], () => cannedView().journal],
  ])('%j prints what the coordinator said', async (args, expected) => {
    const { code, out } = await run(args);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(expected())));
  });

  test('nodes NODE says what is not well, for how long, how much time is left, and which sensors are denied', async () => {
    const { out } = await run(['nodes', 'N3']);
    expect(out).toMatch(/^disk\/sda +degraded +trend +2 h +5\.0 d +it heads for 100 %$/m);
    expect(out).toMatch(/^bmc\/FAN1 +8000 +RPM +denied$/m);
  });

  test('one node, with its server, resources, sensors and instances', async () => {
    const { out } = await run(['nodes', 'N1']);
    expect(out).toContain('Acme, X1, SN-N1');
    expect(out).toMatch(/^memory +8Gi +2Gi +1Gi$/m);
    expect(out).toMatch(/^web\/0 +N1 +active +ready +123m +50Mi +1.25 ms +0 +http:20001 +-$/m);
    expect(out).toMatch(/^bmc\/FAN1 +8000 +RPM +ok$/m);
  });

  test('one application, with its instances', async () => {
    const { out } = await run(['apps', 'queue']);
    expect(out).toMatch(/^queue\/1 +N3 +standby/m);
    expect(out).not.toContain('web/');
  });

  test('events, oldest first, within bounds', async () => {
    const { out } = await run(['events', '--after', '1', '--limit', '1']);
    expect(out.trim().split('\n')).toEqual([expect.stringContaining('web was applied.')]);
    expect(fake.requests.at(-1)?.path).toBe('/events?limit=1&after=1');
  });

  test('plan asks what would happen, and says so', async () => {
    const preview: PlanPreview = {
      moves: [{ instance: 'web/0', from: 'N1', to: 'N2', why: 'N1 is lost' }],
      promotions: [{ instance: 'queue/1', node: 'N3' }],
      unplaced: [{ instance: 'web/1', from: null, reasons: ['no room', 'no label'] }],
      stays: [{ instance: 'd/0', node: 'N3', reasons: ['its budget'] }],
      plan: {
        steps: [
          { ...A_STEP, kind: 'start', instance: 'web/0', from: null, to: 'N2' },
          { ...A_STEP, kind: 'move', instance: 'a/0', from: 'N4', to: 'N5', detour: true, why: 'no room' },
          { ...A_STEP, kind: 'stop', instance: 'b/0', from: 'N6', to: null, interrupts: true, why: 'none at all' },
          { ...A_STEP, kind: 'move', instance: 'a/0', from: 'N5', to: 'N6', after: [1, 2], wave: 1 },
          { ...A_STEP, kind: 'start', instance: 'b/0', from: null, to: 'N4', after: [1], wave: 1 },
        ],
        waves: [
          [0, 1, 2],
          [3, 4],
        ],
        left: [{ instance: 'c/0', why: 'no way' }],
      },
      maxLoadBefore: 0.25,
      maxLoadAfter: 0.5,
      text: 'If N1 failed: much.',
      solverMs: 3,
    };
    fake.answers.set('POST /plan', { body: preview });
    const { code, out } = await run(['plan', '--fail', 'N1', '--fail', 'N2', '--drain', 'N3', '--add', '2']);
    expect(code).toBe(0);
    expect(JSON.parse(fake.requests[0]!.body)).toEqual({ fail: ['N1', 'N2'], drain: ['N3'], add: 2 });
    expect(out).toMatch(/^queue\/1 +N3 +N3 +standby becomes active$/m);
    expect(out).toMatch(/^web\/0 +N1 +N2 +N1 is lost$/m);
    expect(out).toMatch(/^web\/1 +- +waits +no room; no label$/m);
    expect(out).toContain('25% now, 50% then. Nothing was done.');
    expect(out).toMatch(/^ +1 +start +web\/0 +- +N2$/m);
    expect(out).toMatch(/^ +move +a\/0 +N4 +N5 +on its way to N6: no room$/m);
    expect(out).toMatch(/^ +stop +b\/0 +N6 +- +interrupted on its way to N4: none at all$/m);
    expect(out).toMatch(/^ +2 +move +a\/0 +N5 +N6$/m);
    expect(out).toMatch(/^ +start +b\/0 +- +N4$/m);
    expect(out).toContain('c/0 stays where it is: no way\n');
    expect(JSON.parse((await run(['plan', '--json'])).out)).toEqual(preview);
  });

  test('explain says why here and why not elsewhere', async () => {
    const explanation: Explanation = {
      app: 'web' as AppName,
      instances: [
        {
          instance: 'web/0',
          node: 'N1',
          why: ['it has room'],
          measured: [],
          held: {
            node: 'N3',
            terms: [
              { term: 'failure domains', amount: 1 },
              { term: 'move', amount: 1 },
              { term: 'imbalance', amount: -1.256 },
            ],
            cost: -0.256,
          },
          others: [
            { node: 'N2', allowed: false, reasons: ['cordoned', 'no room'] },
            { node: 'N3', allowed: true, reasons: [] },
          ],
        },
        { instance: 'web/1', node: null, why: ['no node fits'], measured: [], held: null, others: [] },
      ],
    };
    fake.answers.set('GET /explain/web', { body: explanation });
    const { out } = await run(['explain', 'web']);
    expect(out).toContain('web/0 runs on N1: it has room');
    expect(out).toContain(
      '  on N3, the best other node, what counts before any cost speaks against it (failure domains 1); beside that it would cost 0.26 less: move 1, imbalance -1.26\n',
    );
    expect(out).toMatch(/^ {2}N2 +no +cordoned; no room$/m);
    expect(out).toMatch(/^ {2}N3 +yes +-$/m);
    expect(out).toContain('web/1 runs nowhere: no node fits');
  });

  test('what came over the wire cannot steer the terminal', async () => {
    const view = cannedView();
    fake.view = {
      ...view,
      sentence: 'fine\u001b]0;owned\u0007\u202e',
      nodes: [node('N1', [instance('web/0', 'N1', { detail: '\u001b[2J\r\nboo\u009b31m' })])],
    };
    for (const args of [['status'], ['nodes', 'N1'], ['apps', 'web']]) {
      const { out } = await run(args);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
      expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
    expect((await run(['status'])).out).toContain('\\u{001b}]0;owned\\u{0007}');
  });

  test('a name that is nearly right: exit code 2, and which was meant', async () => {
    expect(await run(['nodes', 'N12'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/There is no node N12.*Did you mean N1\?/),
    });
    expect(await run(['apps', 'quue'])).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean queue?') });
    expect(await run(['apps', 'a/../b'])).toMatchObject({ code: 2, err: expect.stringContaining('1 to 63 letters') });
  });

  test('what answers is no coordinator', async () => {
    fake.answers.set('GET /status', { body: '<html>' });
    expect(await run(['status'])).toMatchObject({ code: 3, err: expect.stringContaining('is no coordinator') });
  });
});

describe('following', () => {
  test('status --watch shows every change until it is interrupted', async () => {
    const running = run(['status', '--watch', '--json'], { until: { output: /second/, signal: 'SIGINT' } });
    await expect.poll(() => fake.listeners(), { timeout: 30_000 }).toBe(1);
    fake.send('view', { ...cannedView(), sentence: 'second' });
    const { code, out } = await running;
    expect(code).toBe(0);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).sentence),
    ).toEqual(['All 4 instances run.', 'second']);
  });

  test('status --watch goes on after the coordinator was away', async () => {
    const running = run(['status', '-w'], { until: { output: /once more/, signal: 'SIGTERM' } });
    await expect.poll(() => fake.listeners(), { timeout: 30_000 }).toBe(1);
    fake.view = { ...cannedView(), sentence: 'once more' };
    fake.breakStreams();
    const { code, err } = await running;
    expect(code).toBe(0);
    expect(err).toContain('connection lost');
  });

  test('events --follow shows each entry once, those missed too', async () => {
    const running = run(['events', '--follow'], { until: { output: /fifth/, signal: 'SIGINT' } });
    await expect.poll(() => fake.listeners(), { timeout: 30_000 }).toBe(1);
    fake.send('journal', entry(3, 'Nothing is moved.')); // again
    fake.journal.push(entry(4, 'fourth')); // while the stream is broken
    fake.breakStreams();
    await expect.poll(() => fake.requests.filter(({ path }) => path === '/stream').length, { timeout: 30_000 }).toBe(2);
    fake.send('journal', entry(5, 'fifth'));
    const { out } = await running;
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => line.replace(/^.*decision +/, '')),
    ).toEqual(['N1 has joined.', 'web was applied.', 'Nothing is moved.', 'fourth', 'fifth']);
  });
});

describe('changing', () => {
  test('apply sends every application of every file', async () => {
    const path = await file('web.yaml', WEB);
    const { code, out } = await run(['apply', path, '-'], {
      input: `${WEB.replace('web', 'a')}---\n${WEB.replace('web', 'b')}`,
    });
    expect({ code, out }).toEqual({ code: 0, out: 'web: PUT done\na: PUT done\nb: PUT done\n' });
    expect(changes()).toEqual(['PUT /apps/web', 'PUT /apps/a', 'PUT /apps/b']);
    expect(parseSpecs(fake.requests[0]!.body, 'sent')).toEqual(parseSpecs(WEB, 'sent'));
  });

  test('apply changes nothing when any file has a mistake, and shows all mistakes', async () => {
    const good = await file('good.yaml', WEB);
    const bad = await file('bad.yaml', WEB.replace('250m', 'fast').replace('process', 'vm'));
    const { code, err } = await run(['apply', good, bad]);
    expect(code).toBe(2);
    expect(err).toContain(`${bad}:2: demand.cpu: "fast" is not allowed`);
    expect(err).toContain(`${bad}:3: runtime.driver: "vm" is not allowed; it must be process`);
    expect(err).toContain('Nothing was applied.');
    expect(changes()).toEqual([]);
  });

  test('apply refuses one name in two files, and files that cannot be read', async () => {
    const one = await file('one.yaml', WEB);
    const two = await file('two.yaml', WEB);
    expect(await run(['apply', one, two])).toMatchObject({
      code: 2,
      err: expect.stringContaining(`the application web is in ${one} too`),
    });
    expect(await run(['apply', join(folder, 'none.yaml')])).toMatchObject({
      code: 2,
      err: expect.stringContaining('cannot read'),
    });
    expect(changes()).toEqual([]);
  });

  test('apply --dry-run only says what would change', async () => {
    const path = await file('dry.yaml', `${WEB}replicas: 3\n---\n${WEB.replace('web', 'new')}`);
    const { code, out } = await run(['apply', '--dry-run', path]);
    expect(code).toBe(0);
    expect(out).toContain('replicas would change from 2 to 3');
    expect(out).toContain('new: would be new');
    expect(changes()).toEqual([]);
  });

  test('apply --dry-run checks files without a coordinator too', async () => {
    const path = await file('alone.yaml', WEB);
    const { code, out } = await run(['apply', '--dry-run', path, '--socket', join(folder, 'none.sock')]);
    expect({ code, out }).toEqual({ code: 0, out: 'web: valid (no coordinator to compare with)\n' });
  });

  test('a refusal says what was done before it, with its details', async () => {
    const error = { code: 'CONFLICT', message: 'b is still being removed', details: ['wait a little'] };
    fake.answers.set('PUT /apps/b', { status: 409, body: { error } });
    const path = await file('ab.yaml', `${WEB.replace('web', 'a')}---\n${WEB.replace('web', 'b')}`);
    const { code, err } = await run(['apply', path]);
    expect(code).toBe(4);
    expect(err).toContain('b: b is still being removed\nApplied before: a.\n  wait a little\n');
  });

  test.each([
    [
      ['delete', 'web', 'queue'],
      ['DELETE /apps/web', 'DELETE /apps/queue'],
    ],
    [['cordon', 'N1'], ['POST /nodes/N1/cordon']],
    [['uncordon', 'N1'], ['POST /nodes/N1/uncordon']],
    [['node', 'confirm-dead', 'N3', '--yes'], ['POST /nodes/N3/confirm-dead']],
    [['server', 'replace', 'N3', '--no-wait', '--yes'], ['POST /nodes/N3/replace']],
  ])('%j', async (args, expected) => {
    expect((await run(args)).code).toBe(0);
    const { code, out } = await run([...args, '--json']);
    expect(code).toBe(0);
    expect(JSON.stringify(JSON.parse(out))).toContain('"accepted":true');
    expect(changes()).toEqual([...expected, ...expected]);
  });

  test.each([
    [['delete', 'wbe'], 2, 'Did you mean web?'],
    [['cordon', 'N9'], 2, 'There is no node N9'],
    [['node', 'confirm-dead', 'N3'], 2, 'add --yes'],
  ])('%j is refused', async (args, code, message) => {
    expect(await run(args)).toMatchObject({ code, err: expect.stringContaining(message) });
  });

  test('a store that cannot write is a failure, not a refusal', async () => {
    fake.answers.set('POST /nodes/N1/cordon', {
      status: 503,
      body: { error: { code: 'STORE_FULL', message: 'the disk is full' } },
    });
    expect(await run(['cordon', 'N1'])).toMatchObject({ code: 1, err: 'the disk is full\n' });
  });

  test('server replace tells each phase until the new server is there', async () => {
    const phase = (replacement: 'draining' | 'powering-off' | 'awaiting-server' | null, serial = 'SN-N1') => ({
      ...cannedView(),
      nodes: [node('N1', [], { replacement, server: { serial, vendor: 'Acme', model: 'X2' } })],
    });
    fake.view = phase('draining');
    const running = run(['server', 'replace', 'N1']);
    await expect.poll(() => fake.listeners(), { timeout: 30_000 }).toBe(1);
    fake.send('journal', entry(9, 'web/0 moves away.', { node: 'N1' as NodeName }));
    for (const view of [
      phase('powering-off'),
      phase('awaiting-server'),
      phase('awaiting-server'),
      phase(null, 'NEW-1'),
    ])
      fake.send('view', view);
    const { code, out } = await running;
    expect(code).toBe(0);
    expect(
      out
        .split('\n')
        .slice(1, -1)
        .map((line) => line.split(': ').slice(0, 2).join(': ')),
    ).toEqual(['N1: draining', '  web/0 moves away.', 'N1: powering off', 'N1: awaiting server', 'N1: done']);
    expect(out).toContain('(NEW-1)');
  });

  test('server replace that was called off ends as a failure', async () => {
    fake.view = { ...cannedView(), nodes: [node('N1', [], { replacement: 'draining' })] };
    const running = run(['server', 'replace', 'N1', '--json']);
    await expect.poll(() => fake.listeners(), { timeout: 30_000 }).toBe(1);
    fake.send('view', cannedView());
    const { code, out } = await running;
    expect(code).toBe(1);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).phase),
    ).toEqual([undefined, 'draining', 'given-up']);
  });
});
