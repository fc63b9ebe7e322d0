import type { Restored } from '../coordinator/store/restore.ts';
import { clean } from './clean-text.ts';
import { journalLine } from './show-cluster.ts';

export function ageText(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  if (minutes < 120) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h`;
  return `${Math.round(minutes / (24 * 60))} d`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** Of what is lost, this much of the journal is shown; --json has all. */
const LINES_SHOWN = 20;

/** What was restored, how old it is, and what is lost, for people. */
export function restoredText({
  backup,
  ageMs,
  passedOver,
  damage,
  kept,
  lostCommits,
  lostLines,
  term,
}: Restored): string {
  const lines: string[] = [];
  if (damage !== null) lines.push(`Was: ${clean(damage)}`);
  for (const file of passedOver) lines.push(`Passed over, since it is damaged: ${clean(file)}`);
  lines.push(
    `Restored: ${clean(backup.file)}, ${ageText(ageMs)} old, commit ${backup.commits}, to go on above term ${term}.`,
  );
  if (lostCommits === null) lines.push('Lost: how far the store had come is not known.');
  else if (lostCommits === 0) lines.push('Lost: nothing, the backup holds the last commit.');
  else lines.push(`Lost: ${counted(lostCommits, 'commit')} after it.`);
  if (lostLines.length > 0) {
    lines.push(
      `Of those the journal still tells ${counted(lostLines.length, 'line')}${lostLines.length > LINES_SHOWN ? `, the last ${LINES_SHOWN}` : ''}:`,
    );
    for (const line of lostLines.slice(-LINES_SHOWN)) lines.push(`  ${journalLine(line)}`);
  }
  for (const file of kept) lines.push(`Kept aside: ${clean(file)}`);
  lines.push(
    'Start the coordinator (again) when every node is either up or surely off: what a node runs that is not heard may otherwise be started a second time. Then apply again what was lost.',
  );
  return lines.join('\n');
}
