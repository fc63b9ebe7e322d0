import { join } from 'node:path';
import { expect, test } from 'vitest';
import { killAgainAndAgain } from './kills.ts';
import { temporaryFolder } from './temporary.ts';

test('a coordinator killed again and again under 200 changes a second loses and doubles none of those accepted', async () => {
  const result = await killAgainAndAgain({
    folder: join(temporaryFolder(), 'kills'),
    kills: 20,
    changesPerS: 200,
    seed: 1,
  });
  expect(result).toMatchObject({ kills: 20, lost: 0, doubled: 0 });
  expect(result.accepted).toBeGreaterThan(20);
}, 180_000);
