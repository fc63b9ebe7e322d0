/* Prometheus' text format 0.0.4, piece by piece: with thousands of nodes the text has many megabytes. */

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
/** All samples of one name. Names keep to Prometheus' conventions: base units, `_total` for counters. */
export interface MetricFamily {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  /** A null is no sample: it stands between those that are long in coming. */
  readonly samples: Iterable<Sample | null>;
}

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const PIECE_CHARS = 16_384;
/** Nulls in a row after which there is a piece all the same, be it empty. */
const MOST_NULLS = 100;

/** A family with no samples is left out. Pieces have up to some 16 Ki characters, and end with a line. */
export function* metricsText(families: Iterable<MetricFamily>): Generator<string> {
  let piece = '';
  for (const { name, type, help, samples } of families) {
    let head = `# HELP ${name} ${help.replace(/[\\\n]/g, escaped)}\n# TYPE ${name} ${type}\n`;
    let nulls = 0;
    for (const sample of samples) {
      if (sample === null) nulls++;
      else {
        piece += `${head}${name}${labelsText(sample.labels)} ${numberText(sample.value)}\n`;
        head = '';
        nulls = 0;
      }
      if (piece.length < PIECE_CHARS && nulls < MOST_NULLS) continue;
      yield piece;
      piece = '';
      nulls = 0;
    }
  }
  if (piece !== '') yield piece;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  let text = '';
  for (const name in labels) {
    const value = labels[name] as string;
    const safe = /[\\"\n]/.test(value) ? value.replace(/[\\"\n]/g, escaped) : value;
    text += `${text === '' ? '' : ','}${name}="${safe}"`;
  }
  return text === '' ? '' : `{${text}}`;
}

const escaped = (char: string) => (char === '\n' ? '\\n' : `\\${char}`);

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

/** The one sample of a family without labels; nothing where there is no value. */
export function single(value: number | null): readonly Sample[] {
  return value === null ? [] : [{ labels: {}, value }];
}
/** Counts by the value of one label. */
export function* counted(label: string, counts: Readonly<Record<string, number>>): Generator<Sample> {
  for (const [name, value] of Object.entries(counts)) yield { labels: { [label]: name }, value };
}
