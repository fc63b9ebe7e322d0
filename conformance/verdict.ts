/** How one case went. */
export interface Verdict {
  readonly name: string;
  readonly value: readonly number[]; // in the words of the mode
  readonly reference: readonly number[] | null; // null where none is known
  readonly moves: number;
  readonly unplaced: number;
  readonly milliseconds: number;
  readonly figures?: Readonly<Record<string, number | string>>; // what else the mode has to say
  readonly reasons: readonly string[]; // why it is not reproduced; empty when it is
}

export function lineOf({ name, value, reference, moves, unplaced, milliseconds, figures, reasons }: Verdict): string {
  const parts = [
    `value ${value.join(' ')}`,
    `reference ${reference?.join(' ') ?? '-'}`,
    `moves ${moves}`,
    `unplaced ${unplaced}`,
    `${milliseconds.toFixed(1)} ms`,
    ...Object.entries(figures ?? {}).map(([what, figure]) => `${what} ${figure}`),
  ];
  const verdict = reasons.length === 0 ? 'ok  ' : 'MISS';
  return [`${verdict} ${name}: ${parts.join(', ')}`, ...reasons.map((reason) => `       ${reason}`)].join('\n');
}

export function summaryOf(verdicts: readonly Verdict[]): string {
  return `${verdicts.filter((one) => one.reasons.length === 0).length} of ${verdicts.length}`;
}
