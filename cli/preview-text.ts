import type { PlanPreview } from '../protocol/api.ts';
import { clean } from './clean-text.ts';
import { planText } from './plan-text.ts';
import { table } from './table.ts';
import { width } from './terminal.ts';

/** Who would move, wait or stay, then the steps, and the highest load; without an end of line. */
export function previewText(preview: PlanPreview): string {
  const { promotions, moves, unplaced, stays } = preview;
  const rows = [
    ...promotions.map(({ instance, node }) => [instance, node, node, 'standby becomes active']),
    ...moves.map(({ instance, from, to, why }) => [instance, from, to, why]),
    ...unplaced.map(({ instance, from, reasons }) => [instance, from, 'waits', reasons.join('; ')]),
    ...stays.map(({ instance, node, reasons }) => [instance, node, 'stays', reasons.join('; ')]),
  ];
  const columns = [
    { title: 'INSTANCE', shrinkTo: 10 },
    { title: 'FROM', shrinkTo: 6 },
    { title: 'TO', shrinkTo: 6 },
    { title: 'WHY', shrinkTo: 16 },
  ];
  const percent = (load: number) => `${Math.round(load * 100)}%`;
  return [
    `${clean(preview.text)}\n`,
    rows.length > 0 ? `\n${table(columns, rows, width())}` : '',
    planText(preview.plan, width()),
    `\nHighest load: ${percent(preview.maxLoadBefore)} now, ${percent(preview.maxLoadAfter)} then.`,
  ].join('');
}
