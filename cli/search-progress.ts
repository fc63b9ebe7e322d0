export interface SearchProgress {
  readonly cost: number; // of the best answer so far
  readonly bound: number;
  readonly moves: number;
  readonly elapsedMs: number;
}

const rounded = (cost: number) => (Number.isInteger(cost) ? cost : cost.toFixed(3));

/** How far above the bound, as people say it. */
export function gapText(cost: number, bound: number): string {
  if (cost === bound) return 'proved best';
  return bound === 0 ? 'bound 0' : `${(((cost - bound) / bound) * 100).toFixed(3)}% above the bound`;
}

/** One line on a terminal's standard error, written over as the search goes on. */
export function progressLine() {
  const live = process.stderr.isTTY === true;
  let shown = false;
  return {
    show({ cost, bound, moves, elapsedMs }: SearchProgress): void {
      if (!live) return;
      shown = true;
      const seconds = (elapsedMs / 1000).toFixed(1);
      process.stderr.write(`\r${seconds} s: cost ${rounded(cost)}, ${gapText(cost, bound)}, ${moves} moved\x1b[K`);
    },
    end(): void {
      if (shown) process.stderr.write('\r\x1b[K');
    },
  };
}
