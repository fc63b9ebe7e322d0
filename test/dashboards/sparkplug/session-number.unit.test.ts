import { readdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  keepSession,
  lastSession,
  sessionAfter,
  sessionFile,
} from '../../../coordinator/dashboards/sparkplug/session-number.ts';
import { temporaryFolder } from '../../coordinator-shell/temporary.ts';

test('tck-id-topics-nbirth-bdseq-increment: from 0 to 255, and over a start of the coordinator', async () => {
  const folder = temporaryFolder();
  const file = sessionFile(folder);
  const numbers: number[] = [];
  for (let start = 0; start < 258; start++) {
    const number = sessionAfter(await lastSession(file));
    await keepSession(file, number);
    numbers.push(number);
  }
  expect(numbers).toEqual([...Array(256).keys(), 0, 1]);
  expect(readdirSync(folder)).toEqual(['sparkplug-session']);
});

test.each(['', '256\n', '-1\n', '1', 'x\n', '1\n2\n'])('a file that holds %j is not believed', async (text) => {
  const file = sessionFile(temporaryFolder());
  writeFileSync(file, text);
  await expect(lastSession(file)).rejects.toThrow(/allowed is a number from 0 to 255/);
});
