import { expect, test } from 'vitest';
import { runCampaign } from './campaign.ts';
import { MUTANTS } from './mutants.ts';

/* The proof that the oracles can see: each of these breaks the product in one place, and must be caught. */

const MOST_SCHEDULES = 3000;

test.each(MUTANTS)('caught: $name', { timeout: 300_000 }, async ({ name }) => {
  const tally = await runCampaign({
    from: 1,
    schedules: MOST_SCHEDULES,
    threads: 1,
    mutant: name,
    endsAtFirst: true,
  });
  const [violation] = tally.violations;
  console.log(`after ${tally.schedules} schedules: ${violation?.message.split('\n')[0]}`);
  expect(violation, `${tally.schedules} schedules`).toBeDefined();
  expect(violation?.oracle).not.toBe('error'); // caught by an oracle, not by a crash
});
