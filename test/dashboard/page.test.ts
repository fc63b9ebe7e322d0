import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ClusterView } from '../../protocol/view.ts';
import { buildPageIfOutdated } from './built-page.ts';
import { launchChromium } from './chromium.ts';
import { lowContrast } from './contrast.ts';
import { type PageServer, servePage } from './page-server.ts';
import { calm, fencing, instance, lost, moving, node, populate, restored, suspect } from './scenario-7b.ts';

const SLOW_MACHINE_MS = 60_000;
const DESKTOP = { width: 1440, height: 900 };

let browser: Browser;
let server: PageServer;
let page: Page;
let problems: string[];

beforeAll(async () => {
  await buildPageIfOutdated();
  browser = await launchChromium();
}, SLOW_MACHINE_MS);
afterAll(async () => {
  await browser?.close();
});
beforeEach(async () => {
  server = await servePage();
});
afterEach(async () => {
  await page?.context().close();
  await server.stop();
});

/** Opens the page on a view, and records every complaint of the browser and every chip that flies. */
async function open(
  view: ClusterView,
  options: BrowserContextOptions = {},
  prepare: () => Promise<void> = async () => {},
): Promise<void> {
  const context = await browser.newContext({ viewport: DESKTOP, timezoneId: 'UTC', ...options });
  page = await context.newPage();
  page.setDefaultTimeout(SLOW_MACHINE_MS / 2);
  problems = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  await page.addInitScript(() => {
    const flown: string[] = [];
    Object.assign(window, { flown });
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) {
        for (const added of addedNodes)
          if (added instanceof HTMLElement && added.dataset.flight) flown.push(added.dataset.flight);
      }
    }).observe(document, { childList: true, subtree: true });
  });
  await prepare();
  server.show(view);
  await page.goto(server.url);
  await sees(view.sentence);
}

async function sees(sentence: string): Promise<void> {
  await page.getByTestId('sentence').filter({ hasText: sentence }).waitFor();
}
async function advance(view: ClusterView): Promise<void> {
  server.show(view);
  await sees(view.sentence);
}
const box = (name: string) => page.locator(`[data-testid=node][data-node="${name}"]`);
const chips = (name: string, attribute: string) =>
  box(name)
    .getByTestId('chip')
    .evaluateAll(
      (found, key) => Object.fromEntries(found.map((each) => [each.dataset.instance, each.getAttribute(key)])),
      attribute,
    );
const flown = () => page.evaluate(() => (window as unknown as { flown: string[] }).flown);
async function picture(name: string): Promise<void> {
  const folder = process.env.SCREENSHOT_DIR;
  if (folder === undefined) return;
  const moving = () =>
    page.evaluate(() => document.getAnimations().filter((each) => each.effect?.getTiming().iterations === 1).length);
  await expect.poll(moving, { timeout: SLOW_MACHINE_MS / 4 }).toBe(0);
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

test('scenario 7B is seen as it happens', { timeout: SLOW_MACHINE_MS }, async () => {
  await open(calm);
  expect(await page.getByTestId('cluster').textContent()).toBe('plant-lyngby');
  expect(await page.getByTestId('term').textContent()).toBe('term 7');
  expect(await page.getByTestId('header').getAttribute('data-tone')).toBe('good');
  expect(await page.getByTestId('survives').textContent()).toContain('Survives the loss of any one node');
  expect(await page.locator('[data-domain]').evaluateAll((all) => all.map((each) => each.dataset.domain))).toEqual([
    'rack A',
    'rack B',
    'rack C',
  ]);
  expect(await page.locator('[data-domain="rack B"] [data-testid=node]').count()).toBe(3);
  expect(await chips('N1', 'data-state')).toEqual({ 'db/0': 'ready', 'queue-worker/0': 'ready', 'web/0': 'ready' });
  expect(await chips('N5', 'data-role')).toEqual({ 'db/1': 'standby', 'render/1': 'active' });
  expect(
    await box('N1')
      .getByRole('img', { name: /^CPU: 6.1 cores of 8 cores demanded, .* of the machine used$/ })
      .count(),
  ).toBe(1);
  expect(await page.getByTestId('plan').count()).toBe(0);
  expect(await page.getByTestId('attention').count()).toBe(0);
  expect(await page.title()).toBe('plant-lyngby: All 5 applications run as they should on 9 nodes.');
  await picture('7b-1-calm');

  await advance(suspect);
  expect(await box('N1').getByTestId('condition').textContent()).toContain('suspect, silent 2 s');

  await advance(fencing);
  expect(await box('N1').getByTestId('condition').textContent()).toContain('being fenced');
  expect(await chips('N1', 'data-state')).toEqual({ 'db/0': 'silent', 'queue-worker/0': 'silent', 'web/0': 'silent' });
  expect(await page.getByTestId('trouble').first().textContent()).toContain('once its BMC confirms power off');

  await advance(lost);
  expect(await page.getByTestId('header').getAttribute('data-tone')).toBe('bad');
  expect(await box('N1').getByTestId('condition').textContent()).toContain('lost');
  expect(await chips('N1', 'data-state')).toEqual({ 'db/0': 'lost', 'queue-worker/0': 'lost', 'web/0': 'lost' });
  expect(await page.getByTestId('survives').textContent()).toContain('Working out');
  expect(await page.getByTestId('plan').textContent()).toContain('N1 is lost: its three instances');
  expect(await page.getByTestId('step').allTextContents()).toHaveLength(4);
  expect(await page.getByTestId('trouble').first().textContent()).toContain('N1 lost');
  expect(await page.getByTestId('entry').first().textContent()).toContain('db/1 is promoted on N5');
  await picture('7b-2-lost');

  await advance(moving);
  expect(await chips('N5', 'data-role')).toEqual({ 'db/1': 'active', 'render/1': 'active' });
  expect(await chips('N2', 'data-moving')).toEqual({ 'cache/0': null, 'web/0': 'in' });
  expect(await chips('N3', 'data-state')).toEqual({ 'queue-worker/0': 'starting', 'render/0': 'ready' });
  expect(await box('N1').locator('[data-instance="web/0"]').textContent()).toContain('now on N2');
  expect(await page.getByTestId('step').first().getAttribute('data-state')).toBe('done');
  expect(await page.getByTestId('attention').textContent()).toContain('its standby is started once web/0');
  expect(await page.locator('tr[data-app=db]').textContent()).toContain('1 of 2');
  expect(await flown()).toEqual(['web/0', 'queue-worker/0']);
  await picture('7b-3-moving');

  await advance(restored);
  expect(await page.getByTestId('header').getAttribute('data-tone')).toBe('good');
  expect(await page.getByTestId('plan').count()).toBe(0);
  expect(await chips('N9', 'data-role')).toEqual({ 'db/0': 'standby', 'web/3': 'active' });
  expect(await chips('N1', 'data-state')).toEqual({ 'db/0': 'lost', 'queue-worker/0': 'lost', 'web/0': 'lost' });
  expect(await page.locator('tr[data-app=db]').textContent()).toContain('2 of 2');
  expect(await flown()).toEqual(['web/0', 'queue-worker/0', 'db/0']);
  await picture('7b-4-restored');
  expect(problems).toEqual([]);
});

test('who wants no motion gets none, and sees the same placement', { timeout: SLOW_MACHINE_MS }, async () => {
  await open(calm, { reducedMotion: 'reduce' });
  await advance(lost);
  await advance(moving);
  expect(await chips('N2', 'data-moving')).toEqual({ 'cache/0': null, 'web/0': 'in' });
  expect(await flown()).toEqual([]);
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
});

test('a lost connection is said, with the time of what is shown, and ends by itself', {
  timeout: SLOW_MACHINE_MS,
}, async () => {
  await open(calm);
  await server.stop();
  const banner = page.getByTestId('connection-lost');
  await banner.waitFor();
  expect(await banner.textContent()).toBe('Connection lost, showing state of 14:05:00');
  expect(await box('N1').count()).toBe(1);
  await picture('connection-lost');
  await server.start();
  await advance(suspect);
  await banner.waitFor({ state: 'detached' });
});

test('a stream that has gone silent does not pass for a quiet cluster', { timeout: SLOW_MACHINE_MS }, async () => {
  await open(calm, {}, async () => page.clock.install());
  server.change(suspect);
  await page.clock.fastForward(21_000);
  await sees(suspect.sentence);
  expect(server.streams()).toBe(1);
  await server.stop();
  await page.getByTestId('connection-lost').waitFor();
});

test('a message that is not JSON makes the page ask afresh', { timeout: SLOW_MACHINE_MS }, async () => {
  await open(calm);
  server.send('event: view\ndata: {"cluster": \n\n');
  await expect.poll(() => server.streams(), { timeout: SLOW_MACHINE_MS / 2 }).toBe(2);
  await advance(suspect);
  await page.getByTestId('connection-lost').waitFor({ state: 'detached' });
  expect(problems).toEqual([]);
});

test('names and texts are shown as text, whatever they hold', { timeout: SLOW_MACHINE_MS }, async () => {
  const evil = '"><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
  const nodes = [
    {
      ...node(evil, 0, { domain: evil, health: 'failing', healthReasons: [evil], labels: { [evil]: evil } }),
      server: { serial: evil, vendor: evil, model: evil },
      readings: [{ sensor: evil, value: 1, unit: 'C' as const }],
      instances: [instance(`${evil}/0`, 0, { detail: evil })],
      capacity: { [evil]: 1 },
    },
  ];
  const app = { ...calm.apps[0]!, app: evil as never, waiting: [{ who: evil, instances: [], reasons: [evil] }] };
  const journal = [{ ...calm.journal[0]!, text: evil }];
  await open({
    ...calm,
    cluster: evil,
    sentence: evil,
    nodes,
    apps: [app],
    journal,
    plan: { id: 1, reason: evil, steps: [] },
  });
  await page.getByTestId('node').getByRole('button').click();
  await page.getByTestId('details').getByText('Serial number').waitFor();
  expect(await page.getByTestId('cluster').textContent()).toBe(evil);
  expect(await page.getByTestId('entry').textContent()).toContain(evil);
  expect(await page.locator('#page img, #page script').count()).toBe(0);
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  expect(problems).toEqual([]);
});

test('the details of a node open and close by keyboard', { timeout: SLOW_MACHINE_MS }, async () => {
  await open(calm);
  const name = box('N5').getByRole('button', { name: 'N5' });
  await name.focus();
  await page.keyboard.press('Enter');
  const details = page.getByRole('dialog', { name: 'N5' });
  await details.waitFor();
  const text = await details.textContent();
  for (const part of ['CZ24248', 'Intel Xeon E-2378', 'bmc/FAN2', '5620 RPM', 'db/1', '2140', 'http 40040'])
    expect(text).toContain(part);
  await picture('details');
  await page.keyboard.press('Escape');
  await details.waitFor({ state: 'hidden' });
  expect(await name.evaluate((element) => element === document.activeElement)).toBe(true);
});

test('the time line takes single entries and is filtered by text', { timeout: SLOW_MACHINE_MS }, async () => {
  await open(calm);
  server.tell({ ...calm.journal[0]!, id: 90, severity: 'error', text: 'The store cannot write.' });
  const entries = page.getByTestId('entry');
  await entries.filter({ hasText: 'The store cannot write.' }).waitFor();
  expect(await entries.count()).toBe(5);
  await page.getByLabel('Filter the time line').fill('store write');
  await expect.poll(() => entries.allTextContents()).toHaveLength(1);
  expect(await entries.first().textContent()).toContain('14:03:00');
});

test.each(['light', 'dark'] as const)('text is legible in %s', { timeout: SLOW_MACHINE_MS }, async (colorScheme) => {
  await open(moving, { colorScheme, reducedMotion: 'reduce' });
  expect(await page.evaluate(lowContrast, 4.5)).toEqual([]);
  await picture(`7b-3-moving-${colorScheme}`);
});

test.each([
  [420, 9, 'comfortable'],
  [1920, 50, 'comfortable'],
  [1440, 500, 'compact'],
])(
  '%i pixels wide, %i nodes: all are shown, nothing sticks out',
  { timeout: SLOW_MACHINE_MS },
  async (width, count, density) => {
    const names = Array.from({ length: count }, (_, index) => `N${index + 1}`);
    const placed = names.flatMap((name, index) =>
      [
        ['web', index],
        ['cache', index],
      ].map(([app, slot]) => [`${app}/${slot}`, name] as const),
    );
    const nodes = populate(
      names.map((name, index) => node(name, index, { domain: `rack ${Math.floor(index / 20)}` })),
      placed,
    );
    await open({ ...calm, nodes }, { viewport: { width, height: 900 } });
    expect(await page.locator('.page').getAttribute('data-density')).toBe(density);
    expect(await page.getByTestId('node').count()).toBe(count);
    expect(await page.getByTestId('chip').count()).toBe(count * 2);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    await picture(`${width}-wide-${count}-nodes`);
    expect(problems).toEqual([]);
  },
);

test('an empty cluster says what to do', { timeout: SLOW_MACHINE_MS }, async () => {
  await open({ ...calm, nodes: [], apps: [], journal: [], survives: null, sentence: 'No node has been seen yet.' });
  expect(await page.locator('main').textContent()).toContain('evenkeel agent --config FILE');
  expect(await page.getByTestId('apps').textContent()).toContain('evenkeel apply FILE');
  expect(problems).toEqual([]);
});
