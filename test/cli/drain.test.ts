import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PlanPreview } from '../../protocol/api.ts';
import { cannedView, entry, instance, node } from './canned-view.ts';
import { type FakeCoordinator, fakeCoordinator } from './fake-coordinator.ts';
import { evenkeel } from './run-cli.ts';

const FITS: PlanPreview = {
  moves: [{ instance: 'web/0', from: 'N1', to: 'N2', why: 'N1 is drained' }],
  promotions: [],
  unplaced: [{ instance: 'old/0', from: null, reasons: ['it waits already'] }],
  stays: [],
  plan: { steps: [], waves: [], left: [] },
  maxLoadBefore: 0.25,
  maxLoadAfter: 0.5,
  text: 'If N1 was drained: everything would fit.',
  solverMs: 3,
};
const STAYS: PlanPreview = { ...FITS, stays: [{ instance: 'db/0', node: 'N1', reasons: ['no node has 4Gi free'] }] };

let fake: FakeCoordinator;
beforeEach(async () => {
  fake = await fakeCoordinator(cannedView());
  fake.answers.set('POST /plan', { body: FITS });
});
afterEach(() => fake.close());

const run = (...args: string[]) => evenkeel(args, { env: { EVENKEEL_URL: fake.url } });
const done = () => fake.requests.filter(({ path }) => path.endsWith('/drain')).map(({ path }) => path);

test('drain says where everything goes, and then drains; what waited before is no reason to ask', async () => {
  const { code, out } = await run('drain', 'N1', 'N2');
  expect(code).toBe(0);
  expect(JSON.parse(fake.requests[0]!.body)).toEqual({ fail: [], add: 0, drain: ['N1', 'N2'] });
  expect(out).toMatch(/^web\/0 +N1 +N2 +N1 is drained$/m);
  expect(done()).toEqual(['/nodes/N1/drain', '/nodes/N2/drain']);
});

test('--dry-run only says it', async () => {
  fake.answers.set('POST /plan', { body: STAYS });
  const { code, out } = await run('drain', 'N1', '--dry-run');
  expect(code).toBe(0);
  expect(out).toMatch(/^db\/0 +N1 +stays +no node has 4Gi free$/m);
  expect(out).toContain('Nothing was done.');
  expect(JSON.parse((await run('drain', 'N1', '--dry-run', '--json')).out)).toEqual({ preview: STAYS, nodes: [] });
  expect(done()).toEqual([]);
});

test('where something could not leave, it drains only with --yes', async () => {
  fake.answers.set('POST /plan', { body: STAYS });
  const { code, err } = await run('drain', 'N1');
  expect({ code, err }).toEqual({ code: 4, err: expect.stringMatching(/db\/0 would have to wait.*--yes/) });
  expect(done()).toEqual([]);
  const yes = await run('drain', 'N1', '--yes', '--json');
  expect(yes.code).toBe(0);
  expect(JSON.parse(yes.out)).toMatchObject({ preview: STAYS, nodes: [{ node: 'N1', accepted: true }] });
  expect(done()).toEqual(['/nodes/N1/drain']);
});

test('--wait follows the nodes until they are empty', async () => {
  const view = (count: number, draining = true) => ({
    ...cannedView(),
    nodes: [
      node(
        'N1',
        Array.from({ length: count }, (_, i) => instance(`web/${i}`, 'N1')),
        { draining },
      ),
    ],
  });
  fake.view = view(2);
  const running = run('drain', 'N1', '--wait');
  await expect.poll(() => fake.listeners(), { timeout: 30_000 }).toBe(1);
  fake.send('journal', entry(9, 'web/0 is stopped on N1.', { node: 'N1' as never }));
  fake.send('view', view(1));
  fake.send('view', view(1));
  fake.send('view', view(0));
  const { code, out } = await running;
  expect(code).toBe(0);
  expect(out.trim().split('\n').slice(-4)).toEqual([
    'N1: 2 to move away',
    '  web/0 is stopped on N1.',
    'N1: 1 to move away',
    'N1: empty',
  ]);
});

test('--wait ends as a failure when somebody calls the drain off', async () => {
  fake.view = { ...cannedView(), nodes: [node('N1', [instance('web/0', 'N1')], { draining: true })] };
  const running = run('drain', 'N1', '--wait');
  await expect.poll(() => fake.listeners(), { timeout: 30_000 }).toBe(1);
  fake.send('view', { ...cannedView(), nodes: [node('N1', [instance('web/0', 'N1')], { draining: false })] });
  expect(await running).toMatchObject({ code: 1, err: expect.stringContaining('called off, 1 still there') });
});

test('server replace says first what leaves the node, and asks where something could not', async () => {
  fake.view = { ...cannedView(), nodes: [node('N1', [instance('db/0', 'N1')])] };
  expect(await run('server', 'replace', 'N1', '--no-wait')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^If N1 was drained: everything would fit\.\nN1: /),
  });
  fake.answers.set('POST /plan', { body: STAYS });
  expect(await run('server', 'replace', 'N1', '--no-wait')).toMatchObject({
    code: 4,
    err: expect.stringContaining('db/0: no node has 4Gi free'),
  });
  expect(fake.requests.filter(({ path }) => path.endsWith('/replace'))).toHaveLength(1);
});
