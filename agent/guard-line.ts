/** Agent and guard tell each other the moment at which the lease ends (monotonic ms), one number on a line. */
export function encodeLine(untilMs: number): string {
  return `${Math.floor(untilMs)}\n`;
}

/** Takes pieces of a stream as they come; gives each whole number. Anything else on the line is passed over. */
export function lineReader(onUntil: (untilMs: number) => void): (piece: string) => void {
  let rest = '';
  return (piece) => {
    const lines = (rest + piece).split('\n');
    rest = (lines.pop() ?? '').slice(-64);
    for (const line of lines) if (/^[0-9]{1,15}$/.test(line)) onUntil(Number(line));
  };
}
