/*
 * Kills a real coordinator again and again under 200 changes a second, and counts what was accepted and is not there
 * afterwards, or is there twice. `--help` has the options.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failAs, optionsGiven } from '../bench/command-line.ts';
import { killAgainAndAgain } from '../test/coordinator-shell/kills.ts';

const HELP = `npm run durability -- [option...]: kill -9 of a coordinator, again and again, while changes come in

  --kills N       default: 200
  --rate N        changes a second; default: 200
  --seed N        of the moments of the kills; default: 1`;

const fail: (message: string) => never = failAs('durability');
const values = optionsGiven(fail, HELP, {
  kills: { type: 'string', default: '200' },
  rate: { type: 'string', default: '200' },
  seed: { type: 'string', default: '1' },
});
function whole(option: 'kills' | 'rate' | 'seed', from: number, to: number): number {
  const value = Number(values[option]);
  if (!/^\d+$/.test(values[option]) || value < from || value > to)
    fail(`--${option}: ${values[option]} is not allowed; it must be a whole number from ${from} to ${to}`);
  return value;
}
const options = {
  kills: whole('kills', 1, 100_000),
  changesPerS: whole('rate', 1, 10_000),
  seed: whole('seed', 0, 1_000_000),
};

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-durability-'));
try {
  const result = await killAgainAndAgain({
    ...options,
    folder,
    onKill: ({ kills, accepted, lost, doubled }) => {
      if (kills % 20 === 0) console.log(`${kills} kills, ${accepted} accepted, ${lost} lost, ${doubled} doubled`);
    },
  });
  const { kills, sent, accepted, unanswered, unansweredStored, lost, doubled, trafficMs } = result;
  console.log(
    `${sent} changes sent at ${((sent * 1000) / trafficMs).toFixed(0)}/s; ${unanswered} without an answer, of which ${unansweredStored} are stored`,
  );
  console.log(`${kills} kills, ${accepted} accepted changes: ${lost} lost, ${doubled} doubled`);
  if (lost + doubled > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
