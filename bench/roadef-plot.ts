/** Cost over time of one run, with lines for what others reached. */
export interface Curve {
  readonly title: string;
  readonly points: readonly (readonly [seconds: number, cost: number])[];
  readonly references: readonly { readonly name: string; readonly cost: number }[]; // the last is a bound
}

const WIDTH = 640;
const HEIGHT = 360;
const LEFT = 80;
const RIGHT = 20;
const TOP = 30;
const BOTTOM = 40;

/** An SVG picture. Both axes are logarithmic; up is what the cost has above the bound, so that late gains show too. */
export function plot({ title, points, references }: Curve): string {
  const bound = references.at(-1)!.cost;
  const others = references.slice(0, -1);
  const above = (cost: number) => Math.log10(Math.max(1, cost - bound));
  const [from, to] = range(points.map(([seconds]) => Math.log10(Math.max(0.01, seconds))));
  const [low, high] = range([...points.map(([, cost]) => above(cost)), ...others.map((one) => above(one.cost))]);
  const x = (log: number) => LEFT + ((log - from) / (to - from)) * (WIDTH - LEFT - RIGHT);
  const y = (log: number) => HEIGHT - BOTTOM - ((log - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const parts: string[] = [];
  for (let log = Math.ceil(from); log <= to; log++) {
    parts.push(
      line(x(log), TOP, x(log), HEIGHT - BOTTOM, '#ddd'),
      text(x(log), HEIGHT - 20, `${10 ** log} s`, 'middle'),
    );
  }
  for (let log = Math.ceil(low); log <= high; log++) {
    parts.push(line(LEFT, y(log), WIDTH - RIGHT, y(log), '#ddd'), text(LEFT - 6, y(log) + 4, `+1e${log}`, 'end'));
  }
  for (const { name, cost } of others) {
    const at = y(above(cost));
    parts.push(line(LEFT, at, WIDTH - RIGHT, at, '#c60', '4 3'), text(WIDTH - RIGHT, at - 4, `${name} ${cost}`, 'end'));
  }
  // Steps: an answer holds until there is a better one.
  const path = points.map(([seconds, cost], k) => {
    const at = `${x(Math.log10(Math.max(0.01, seconds))).toFixed(1)}`;
    return k === 0 ? `M${at} ${y(above(cost)).toFixed(1)}` : `H${at}V${y(above(cost)).toFixed(1)}`;
  });
  parts.push(`<path d="${path.join('')}" fill="none" stroke="#06c" stroke-width="2"/>`);
  parts.push(text(LEFT, 18, `${title}: cost above the bound ${bound}`, 'start'));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
${parts.join('\n')}
</svg>
`;
}

function range(values: readonly number[]): readonly [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const margin = Math.max(0.05, (high - low) * 0.05);
  return [low - margin, high + margin];
}

function line(x1: number, y1: number, x2: number, y2: number, stroke: string, dashes = ''): string {
  const at = [x1, y1, x2, y2].map((value) => value.toFixed(1));
  return `<line x1="${at[0]}" y1="${at[1]}" x2="${at[2]}" y2="${at[3]}" stroke="${stroke}" stroke-dasharray="${dashes}"/>`;
}

function text(x: number, y: number, content: string, anchor: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${content}</text>`;
}
