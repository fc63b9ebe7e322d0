import { afterEach, beforeEach, expect, test } from 'vitest';
import { cannedView } from './canned-view.ts';
import { type FakeCoordinator, fakeCoordinator } from './fake-coordinator.ts';
import { evenkeel } from './run-cli.ts';

let fake: FakeCoordinator;
beforeEach(async () => {
  fake = await fakeCoordinator(cannedView());
  fake.answers.set('POST /disarm', { body: { accepted: true, notes: ['hands off'] } });
  fake.answers.set('POST /arm', { body: { accepted: true, notes: ['hands on'] } });
});
afterEach(() => fake.close());

const run = (...args: string[]) => evenkeel(args, { env: { EVENKEEL_URL: fake.url } });

test('disarm and arm ask for it, with the reason where one is given', async () => {
  expect(await run('disarm', '--reason', 'switch firmware')).toMatchObject({ code: 0, out: 'hands off\n' });
  expect(await run('disarm')).toMatchObject({ code: 0 });
  const { code, out } = await run('arm', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual({ accepted: true, notes: ['hands on'] });
  expect(fake.requests.map(({ path, body }) => `${path} ${body}`)).toEqual([
    '/disarm {"reason":"switch firmware"}',
    '/disarm {}',
    '/arm ',
  ]);
});
