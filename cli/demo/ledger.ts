import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
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

/** All ledgers of a folder, in the order of time. A last line that is not finished (its writer was killed) is left out. */
export function readLedgers(directory: string): LedgerLine[] {
  return read(directory, (file) => readFileSync(file, 'utf8'));
}

/** The newest lines of each ledger: some seconds' worth. */
export function readLedgerTails(directory: string): LedgerLine[] {
  return read(directory, (file) => {
    const descriptor = openSync(file, 'r');
    try {
      const { size } = fstatSync(descriptor);
      const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
      const bytes = readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
      const text = buffer.toString('utf8', 0, bytes);
      return bytes < size ? text.slice(text.indexOf('\n') + 1) : text;
    } finally {
      closeSync(descriptor);
    }
  });
}
const TAIL_BYTES = 16_384;

function read(directory: string, textOf: (file: string) => string): LedgerLine[] {
  const lines: LedgerLine[] = [];
  for (const name of readdirSync(directory).sort()) {
    if (!name.endsWith('.jsonl')) continue;
    const file = join(directory, name);
    const text = textOf(file);
    for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
      if (line === '') continue;
      const parsed = Line.safeParse(parseJson(line));
      if (!parsed.success) {
        if (line.includes('}{')) continue; // its writer was killed in the middle of a line, the next one wrote on
        throw new Error(`${file} holds what is no ledger line: ${line}`);
      }
      lines.push(parsed.data);
    }
  }
  return lines.sort((a, b) => a.monoMs - b.monoMs);
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
  const first = times.findLastIndex((line) => line.monoMs <= fromMs);
  if (times.length === 0) return null;
  let gap = 0;
  for (let i = Math.max(1, first + 1); i < times.length; i++)
    gap = Math.max(gap, (times[i]?.monoMs ?? 0) - (times[i - 1]?.monoMs ?? 0));
  return gap;
}
