/*
 * Kills a real coordinator again and again under 200 changes a second, and counts what was accepted and is not there
 * afterwards, or is there twice. `--help` has the options.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killAgainAndAgain } from '../test/coordinator-shell/kills.ts';
import { failAs, optionsGiven, wholeOption } from './command-line.ts';

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
const options = {
  kills: wholeOption(fail, 'kills', values.kills, 1, 100_000),
  changesPerS: wholeOption(fail, 'rate', values.rate, 1, 10_000),
  seed: wholeOption(fail, 'seed', values.seed, 0, 1_000_000),
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
  const perSecond = (changes: number) => ((changes * 1000) / trafficMs).toFixed(0);
  console.log(
    `${sent} changes sent at ${perSecond(sent)}/s, ${sent - unanswered} answered at ${perSecond(sent - unanswered)}/s; ${unanswered} without an answer, of which ${unansweredStored} are stored`,
  );
  console.log(`${kills} kills, ${accepted} accepted changes: ${lost} lost, ${doubled} doubled`);
  if (lost + doubled > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
