import { clean, shorten, widthOf } from './clean-text.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** May be cut when the terminal is too narrow, to this many columns at least; others are never cut. */
  readonly shrinkTo?: number;
}
export interface StyledCell {
  readonly text: string;
  readonly style: (text: string) => string; // adds colour; must not change the width
}
export type Cell = string | number | null | StyledCell;

const GAP = 2;

/**
 * Rows under their titles, one line each, no wider than the terminal where columns allow. Cells are cleaned here, so that
 * nothing that came over the wire reaches the terminal as a command.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number = Infinity,
): string {
  const texts = rows.map((row) => columns.map((_, i) => textOf(row[i] ?? null)));
  const widths = columns.map(({ title }, i) =>
    texts.reduce((most, row) => Math.max(most, widthOf(row[i]!)), widthOf(title)),
  );
  squeeze(columns, widths, width);
  const line = (cells: readonly string[], style: (text: string, column: number) => string) =>
    cells
      .map((text, i) => {
        const shown = shorten(text, widths[i]!);
        const padding = ' '.repeat(widths[i]! - widthOf(shown));
        const styled = style(shown, i);
        if (columns[i]!.align === 'right') return padding + styled;
        return i === cells.length - 1 ? styled : styled + padding;
      })
      .join(' '.repeat(GAP))
      .trimEnd();
  const titles = columns.map(({ title }) => title);
  return [
    line(titles, (text) => text),
    ...texts.map((cells, row) =>
      line(cells, (text, column) => {
        const cell = rows[row]![column];
        return typeof cell === 'object' && cell !== null ? cell.style(text) : text;
      }),
    ),
  ]
    .map((text) => `${text}\n`)
    .join('');
}

function textOf(cell: Cell): string {
  if (cell === null) return '-';
  return clean(typeof cell === 'object' ? cell.text : cell);
}

/** Takes columns from the widest of those that may shrink until the lines fit, or nothing more can be taken. */
function squeeze(columns: readonly Column[], widths: number[], width: number): void {
  let excess = widths.reduce((sum, each) => sum + each, GAP * (columns.length - 1)) - width;
  while (excess > 0) {
    let widest = -1;
    columns.forEach(({ shrinkTo }, i) => {
      if (shrinkTo !== undefined && widths[i]! > shrinkTo && (widest < 0 || widths[i]! > widths[widest]!)) widest = i;
    });
    if (widest < 0) return;
    widths[widest]!--;
    excess--;
  }
}
