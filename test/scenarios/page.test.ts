import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from '../dashboard/chromium.ts';
import { expectHeld, type Play, play } from './play.ts';

/** The page in a real browser, on a real coordinator with nine agents, while N1 loses its power. */

let demo: Play;
let browser: Browser;
beforeAll(async () => {
  demo = play('7a', '7b', '--keep');
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await demo?.end();
});

test('the page shows 7B as it happens, and how it is afterwards', async () => {
  const page = await browser.newPage({ viewport: { width: 1440, height: 960 }, timezoneId: 'UTC' });
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await page.addInitScript(() => {
    const seen = { sentences: new Set<string>(), livenessOfN1: new Set<string>(), domains: 0 };
    Object.assign(window, { seen });
    new MutationObserver(() => {
      const sentence = document.querySelector('[data-testid=sentence]')?.textContent;
      if (sentence) seen.sentences.add(sentence);
      const liveness = document.querySelector<HTMLElement>('[data-node=N1]')?.dataset.liveness;
      if (liveness) seen.livenessOfN1.add(liveness);
      seen.domains = document.querySelectorAll('[data-domain]').length;
    }).observe(document, { childList: true, subtree: true, characterData: true, attributes: true });
  });
  await page.goto(await demo.pageUrl());
  const box = (name: string) => page.locator(`[data-testid=node][data-node="${name}"]`);
  const chip = (instance: string, state: string) =>
    page.locator(`[data-testid=chip][data-instance="${instance}"][data-state="${state}"]`);

  expectHeld(await demo.outcome('7a'));
  const outcome = await demo.outcome('7b');
  expectHeld(outcome);

  const actsOn = outcome.after?.nodes.find(({ instances }) =>
    instances.some(({ instance }) => instance === 'orders/1'),
  );
  if (!actsOn) throw new Error('7B holds, yet orders/1 is nowhere');
  const promoted = box(actsOn.node).locator('[data-instance="orders/1"]');
  await promoted.waitFor();
  expect(await promoted.getAttribute('data-role')).toBe('active');
  await page.getByTestId('sentence').filter({ hasText: 'All 18 instances run' }).waitFor();
  expect(await box('N1').getByTestId('condition').textContent()).toContain('lost');
  expect(await chip('orders/0', 'lost').count()).toBe(1);
  expect(await chip('orders/0', 'ready').count()).toBe(1); // its successor, standby on another node
  const journal = (await page.getByTestId('entry').allTextContents()).join('\n');
  expect(journal).toContain('N1 is lost: its BMC says it is off');
  expect(journal).toContain('orders/1 on ');

  const seen = await page.evaluate(() => {
    const { sentences, livenessOfN1, domains } = (
      window as unknown as { seen: { sentences: Set<string>; livenessOfN1: Set<string>; domains: number } }
    ).seen;
    return { sentences: [...sentences], livenessOfN1: [...livenessOfN1], domains };
  });
  expect(seen.domains).toBe(3);
  expect(seen.sentences).toContain('All 18 instances run on 9 nodes.');
  expect(seen.livenessOfN1).toEqual(expect.arrayContaining(['alive', 'lost']));
  expect(problems).toEqual([]);

  if (process.env.SCREENSHOT_DIR) await page.screenshot({ path: `${process.env.SCREENSHOT_DIR}/dashboard.png` });
});
