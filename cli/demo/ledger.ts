import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** What an instance wrote of itself: see apps/instance.mjs. */
const Line = z.strictObject({
  instance: z.string(),
  generation: z.number(),
  node: z.string(),
  role: z.enum(['active', 'standby']),
  pid: z.int(),
  monoMs: z.number(),
});
export type LedgerLine = z.infer<typeof Line>;

/** A time in which one process acted as active without pause. */
export interface ActiveSpan {
  readonly instance: string;
  readonly generation: number;
  readonly node: string;
  readonly pid: number;
  readonly fromMs: number;
  readonly toMs: number;
}
export interface Overlap {
  readonly of: string; // the slot or application that was active twice
  readonly a: ActiveSpan;
  readonly b: ActiveSpan;
}

interface LedgerFile {
  offset: number; // read up to here
  rest: string; // of a line that was not finished when it was read
  readonly lines: LedgerLine[];
}

/** The ledgers of a folder. Each call reads only what has been added since: they grow by hundreds of lines a second. */
export class LedgerReader {
  readonly #directory: string;
  readonly #files = new Map<string, LedgerFile>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Everything written so far; each slot's lines in the order in which they were written. */
  lines(): LedgerLine[] {
    this.#catchUp();
    return [...this.#files.values()].flatMap(({ lines }) => lines);
  }
  /** What was written since then. */
  since(monoMs: number): LedgerLine[] {
    this.#catchUp();
    return [...this.#files.values()].flatMap(({ lines }) =>
      lines.slice(lines.findLastIndex((line) => line.monoMs < monoMs) + 1),
    );
  }

  /** Lets go of what was written before then: whoever looks on for hours needs it no more. */
  forgetBefore(monoMs: number): void {
    for (const { lines } of this.#files.values())
      lines.splice(0, lines.findLastIndex((line) => line.monoMs < monoMs) + 1);
  }

  #catchUp(): void {
    for (const name of readdirSync(this.#directory).sort()) {
      if (!name.endsWith('.jsonl')) continue;
      const file = this.#files.get(name) ?? { offset: 0, rest: '', lines: [] };
      this.#files.set(name, file);
      const path = join(this.#directory, name);
      const text = file.rest + readFrom(path, file);
      const end = text.lastIndexOf('\n') + 1;
      file.rest = text.slice(end);
      for (const line of text.slice(0, end).split('\n')) if (line !== '') file.lines.push(...parseLine(line, path));
    }
  }
}

/** What has been added to the file; its text is ASCII, so a cut goes through no character. */
function readFrom(path: string, file: LedgerFile): string {
  const descriptor = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(Math.max(0, fstatSync(descriptor).size - file.offset));
    const bytes = readSync(descriptor, buffer, 0, buffer.length, file.offset);
    file.offset += bytes;
    return buffer.toString('latin1', 0, bytes);
  } finally {
    closeSync(descriptor);
  }
}

function parseLine(text: string, path: string): LedgerLine[] {
  const parsed = Line.safeParse(parseJson(text));
  if (parsed.success) return [parsed.data];
  // its writer was killed in the middle of a line, and the next one wrote on
  const cut = text.lastIndexOf('{');
  const whole = cut > 0 ? Line.safeParse(parseJson(text.slice(cut))) : null;
  if (whole?.success) return [whole.data];
  throw new Error(`${path} holds what is no ledger line: ${text}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Per process, from when to when it was active. Silence does not end a span: a process that only stood still is still active. */
export function activeSpans(lines: readonly LedgerLine[]): ActiveSpan[] {
  const open = new Map<number, ActiveSpan>();
  const spans: ActiveSpan[] = [];
  for (const { instance, generation, node, role, pid, monoMs } of lines) {
    const span = open.get(pid);
    if (span && role === 'active' && span.instance === instance && span.generation === generation) {
      open.set(pid, { ...span, toMs: monoMs });
      continue;
    }
    if (span) spans.push(span);
    open.delete(pid);
    if (role === 'active') open.set(pid, { instance, generation, node, pid, fromMs: monoMs, toMs: monoMs });
  }
  return [...spans, ...open.values()].sort((a, b) => a.fromMs - b.fromMs);
}

/**
 * Where two processes were active at once for one slot, or for one application of which only one may be active. This is
 * what must never happen, whatever fails.
 */
export function findOverlaps(lines: readonly LedgerLine[], singletons: ReadonlySet<string>): Overlap[] {
  const groups = new Map<string, ActiveSpan[]>();
  for (const span of activeSpans(lines)) {
    const app = span.instance.slice(0, span.instance.indexOf('/'));
    const key = singletons.has(app) ? app : span.instance;
    groups.set(key, [...(groups.get(key) ?? []), span]);
  }
  const overlaps: Overlap[] = [];
  for (const [of, spans] of groups) {
    for (const [i, a] of spans.entries())
      for (const b of spans.slice(i + 1)) if (a.pid !== b.pid && b.fromMs <= a.toMs) overlaps.push({ of, a, b });
  }
  return overlaps;
}

/** How long an application had nobody active, over its longest gap from `fromMs` on; null where it was never active. */
export function longestGapMs(lines: readonly LedgerLine[], app: string, fromMs: number): number | null {
  const times = lines.filter((line) => line.role === 'active' && line.instance.startsWith(`${app}/`));
  times.sort((a, b) => a.monoMs - b.monoMs);
  const first = times.findLastIndex((line) => line.monoMs <= fromMs);
  if (times.length === 0) return null;
  let gap = 0;
  for (let i = Math.max(1, first + 1); i < times.length; i++)
    gap = Math.max(gap, (times[i]?.monoMs ?? 0) - (times[i - 1]?.monoMs ?? 0));
  return gap;
}
