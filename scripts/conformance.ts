/*
 * The solver against references from elsewhere: a line per case, last `N of M`.
 *
 *   npm run conformance -- --pacemaker [FILE]                 default: ../shared/data/pacemaker/cases.json
 *   npm run conformance -- --placement [DIR] [--fail N1]...   default: ../shared/data/placement
 *   --json: a JSON object per line instead; --strict: exit code 1 unless all are reproduced
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { runCase } from '../conformance/pacemaker.ts';
import { PacemakerCase } from '../conformance/pacemaker-case.ts';
import { lineOf, summaryOf, type Verdict } from '../conformance/verdict.ts';
import { loadSolver } from '../placement/solver.ts';
import { ROOT } from './runtime.mjs';

/** Input that cannot be used: the person who gave it can mend it. */
class InputError extends Error {}

const DATA = join(ROOT, '../shared/data');
type Report = (verdict: Verdict) => void;
interface Mode {
  readonly standard: string; // path below DATA
  readonly run: (path: string, options: { readonly fail: readonly string[] }, report: Report) => Promise<void>;
}

const MODES: Readonly<Record<string, Mode>> = {
  pacemaker: { standard: 'pacemaker/cases.json', run: runPacemaker },
};

async function runPacemaker(file: string, _options: unknown, report: Report): Promise<void> {
  const parsed = z.array(PacemakerCase).safeParse(readJson(file));
  if (!parsed.success) throw new InputError(`${file}: ${firstIssue(parsed.error)}`);
  const solver = await loadSolver();
  for (const one of parsed.data) report(runCase(solver, one));
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new InputError(`cannot read ${file}: ${cause instanceof Error ? cause.message : cause}`);
  }
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'not of the expected form' : `${issue.path.join('.')}: ${issue.message}`;
}

/** A mode may be given without its path, which parseArgs does not know: an empty one stands for the standard one. */
function withPaths(args: readonly string[]): string[] {
  return args.flatMap((arg, k) => {
    const isBare = arg.startsWith('--') && arg.slice(2) in MODES && (args[k + 1] ?? '--').startsWith('--');
    return isBare ? [`${arg}=`] : [arg];
  });
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: withPaths(process.argv.slice(2)),
    options: {
      ...Object.fromEntries(Object.keys(MODES).map((mode) => [mode, { type: 'string' } as const])),
      fail: { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
    },
  });
  const given: Readonly<Record<string, unknown>> = values;
  const chosen = Object.entries(MODES).filter(([mode]) => given[mode] !== undefined);
  if (chosen.length === 0)
    throw new InputError(
      `say what to hold against: ${Object.keys(MODES)
        .map((mode) => `--${mode}`)
        .join(', ')}`,
    );
  const verdicts: Verdict[] = [];
  for (const [mode, { standard, run }] of chosen) {
    const path = resolve(String(given[mode]) || join(DATA, standard));
    if (!existsSync(path)) throw new InputError(`--${mode}: there is no ${path}`);
    await run(path, { fail: values.fail ?? ['N1'] }, (verdict) => {
      verdicts.push(verdict);
      console.log(
        values.json ? JSON.stringify({ mode, ...verdict, ok: verdict.reasons.length === 0 }) : lineOf(verdict),
      );
    });
  }
  console.log(summaryOf(verdicts));
  return values.strict && verdicts.some((one) => one.reasons.length > 0) ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  const isInput = error instanceof InputError || (error instanceof TypeError && 'code' in error);
  if (!isInput) throw error;
  console.error(`conformance: ${error.message}`);
  process.exitCode = 2;
}
