import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PlanPreview } from '../../protocol/api.ts';
import type { NodeName } from '../../protocol/ids.ts';
import type { RebootView } from '../../protocol/view.ts';
import { cannedView } from './canned-view.ts';
import { type FakeCoordinator, fakeCoordinator } from './fake-coordinator.ts';
import { evenkeel } from './run-cli.ts';

const FITS: PlanPreview = {
  moves: [],
  promotions: [],
  unplaced: [],
  stays: [],
  plan: { steps: [], waves: [], left: [] },
  maxLoadBefore: 0.25,
  maxLoadAfter: 0.5,
  text: 'If it was drained: everything would fit.',
  solverMs: 3,
};
const STAYS = { ...FITS, stays: [{ instance: 'db/0', node: 'N1', reasons: ['no node has 4Gi free'] }] };

let fake: FakeCoordinator;
beforeEach(async () => {
  fake = await fakeCoordinator(cannedView());
  fake.answers.set('POST /plan', { body: FITS });
  fake.answers.set('POST /reboot', { body: { accepted: true, notes: ['2 nodes to reboot'] } });
});
afterEach(() => fake.close());

const run = (...args: string[]) => evenkeel(args, { env: { EVENKEEL_URL: fake.url } });
const asked = () =>
  fake.requests.filter(({ path }) => path.startsWith('/reboot')).map(({ path, body }) => `${path} ${body}`);
const reboot = (text: string, state: 'draining' | 'coming-back', status: RebootView['status'] = 'running') => ({
  ...cannedView(),
  reboot: { status, why: '', text, nodes: [{ node: 'N1' as NodeName, state }] },
});

test('each node is looked at by itself first; all nodes are asked for by name of none', async () => {
  expect(await run('reboot', 'N1', 'N2', '--no-wait')).toMatchObject({ code: 0 });
  const plans = fake.requests.filter(({ path }) => path === '/plan').map(({ body }) => JSON.parse(body).drain);
  expect(plans).toEqual([['N1'], ['N2']]);
  expect(await run('reboot', '--all', '--yes', '--no-wait')).toMatchObject({ code: 0, out: '2 nodes to reboot\n' });
  expect(asked()).toEqual(['/reboot {"nodes":["N1","N2"]}', '/reboot {"all":true}']);
});

test('where something could not leave, nothing is begun without --yes; --dry-run begins nothing', async () => {
  fake.answers.set('POST /plan', { body: STAYS });
  expect(await run('reboot', 'N1')).toMatchObject({ code: 4, err: expect.stringContaining('db/0: no node has 4Gi') });
  const dry = await run('reboot', 'N1', '--dry-run', '--json');
  expect(JSON.parse(dry.out)).toEqual({ nodes: [{ node: 'N1', preview: STAYS }] });
  expect(asked()).toEqual([]);
});

test.each([[[]], [['N1', '--all']], [['--pause', '--cancel']], [['N1', '--resume']]])(
  '%j: exit code 2',
  async (args) => {
    expect((await run('reboot', ...args)).code).toBe(2);
  },
);

test('pause, resume and cancel', async () => {
  for (const control of ['pause', 'resume', 'cancel']) {
    fake.answers.set(`POST /reboot/${control}`, { body: { accepted: true, notes: [`${control} done`] } });
    expect(await run('reboot', `--${control}`)).toMatchObject({ code: 0, out: `${control} done\n` });
  }
  expect(asked()).toEqual(['/reboot/pause ', '/reboot/resume ', '/reboot/cancel ']);
});

test('it is followed to its end, and status says how far it is', async () => {
  fake.view = reboot('0 of 1 node is rebooted; N1 is being emptied', 'draining');
  expect((await run('status')).out).toContain('Rolling reboot: 0 of 1 node is rebooted; N1 is being emptied\n');
  const running = run('reboot', 'N1');
  await expect.poll(() => fake.listeners(), { timeout: 30_000 }).toBe(1);
  fake.send('view', reboot('N1 is back', 'coming-back'));
  fake.send('view', cannedView());
  const { code, out } = await running;
  expect(code).toBe(0);
  expect(out.trim().split('\n').slice(-2)).toEqual(['0 of 1 node is rebooted; N1 is being emptied', 'N1 is back']);
});

test.each([
  ['stops', () => reboot('stopped at N1: it is lost', 'draining', 'stopped'), '--resume'],
  ['is called off', () => cannedView(), 'called off'],
])('one that %s ends as a failure', async (_, next, err) => {
  fake.view = reboot('N1 is being emptied', 'draining');
  const running = run('reboot', 'N1');
  await expect.poll(() => fake.listeners(), { timeout: 30_000 }).toBe(1);
  fake.send('view', next());
  expect(await running).toMatchObject({ code: 1, err: expect.stringContaining(err) });
});
