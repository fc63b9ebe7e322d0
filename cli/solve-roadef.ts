import { existsSync, realpathSync } from 'node:fs';
import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { roadefViolations } from '../placement/roadef/check.ts';
import { type RoadefCost, roadefCost } from '../placement/roadef/cost.ts';
import { RoadefFileError } from '../placement/roadef/file-error.ts';
import type { RoadefModel } from '../placement/roadef/model.ts';
import { readAssignment, readModel } from '../placement/roadef/read.ts';
import { RoadefUnsolvable } from '../placement/roadef/solvable.ts';
import { assignmentText } from '../placement/roadef/write.ts';
import { OperatingError } from '../protocol/errors.ts';
import { type RaceResult, startRace } from './roadef-race.ts';
import { progressLine } from './search-progress.ts';
import { say } from './terminal.ts';
import { untilInterrupted } from './until-interrupted.ts';

/* `evenkeel solve --roadef`: the challenge's files in, its answer out. */

export interface RoadefOptions {
  readonly out: string;
  readonly seed: number;
  readonly threads: number;
  readonly budget: { readonly steps: number } | { readonly timeMs: number };
}

export interface RoadefAnswer extends RaceResult {
  readonly parts: RoadefCost;
  readonly initialCost: number;
  readonly isInterrupted: boolean;
}

const MOST_BYTES = 1 << 30; // unpacked: far above the largest model known, and below what would take the machine down

/** Solves, writes the answer, says how it went. Ctrl-C ends the search, and the best so far is written. */
export async function solveRoadef(model: string, assignment: string, options: RoadefOptions): Promise<RoadefAnswer> {
  const modelBytes = await readBytes(model);
  const problem = refusing('', () => readModel(modelBytes, model));
  const assignmentBytes = await readBytes(assignment);
  const initial = refusing('', () => readAssignment(assignmentBytes, assignment, problem));
  await requireWritable(options.out, [model, assignment]);
  return await search(problem, initial, model, options);
}

async function search(
  model: RoadefModel,
  initial: Int32Array,
  file: string,
  { out, seed, threads, budget }: RoadefOptions,
): Promise<RoadefAnswer> {
  const progress = progressLine();
  const race = refusing(`${file}: `, () =>
    startRace(model, initial, { seed, threads, budget, onProgress: progress.show }),
  );
  let isInterrupted = false;
  void untilInterrupted().then(() => {
    isInterrupted = true;
    race.stop();
  });
  say(
    `${model.machines} machines, ${model.processes} processes, ${model.services.length} services; searching (Ctrl-C: the best so far)`,
  );
  const result = await race.result.finally(progress.end);
  const parts = roadefCost(model, initial, result.machineOf);
  const violations = roadefViolations(model, initial, result.machineOf);
  if (parts.total !== result.cost || violations.length > 0) {
    throw new Error(`the solver's answer is wrong, a bug in it: ${violations[0]?.text ?? `it costs ${parts.total}`}`);
  }
  await writeAnswer(out, assignmentText(result.machineOf));
  return { ...result, parts, initialCost: roadefCost(model, initial, initial).total, isInterrupted };
}

/** What is wrong with the files is the caller's mistake, not ours. */
function refusing<T>(prefix: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof RoadefFileError || cause instanceof RoadefUnsolvable)) throw cause;
    throw new OperatingError('REQUEST_INVALID', `${prefix}${cause.message}`, { cause });
  }
}

async function readBytes(file: string): Promise<Uint8Array> {
  const bytes = await readFile(file).catch((cause: Error) => {
    throw new OperatingError('FILE_UNREADABLE', `cannot read ${file}: ${cause.message}`, { cause });
  });
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_BYTES });
  } catch (cause) {
    throw new OperatingError('FILE_UNREADABLE', `cannot unpack ${file}: ${(cause as Error).message}`, { cause });
  }
}

/** Before the search, not after it. */
async function requireWritable(file: string, inputs: readonly string[]): Promise<void> {
  const real = (path: string) => (existsSync(path) ? realpathSync(path) : resolve(path));
  const same = inputs.find((input) => real(input) === real(file));
  if (same !== undefined)
    throw new OperatingError('REQUEST_INVALID', `--out: ${file} is not allowed; it must not be one of the files read`);
  const isThere = existsSync(file);
  const opened = await open(file, 'a').catch((cause: Error) => cannotWrite(file, cause));
  await opened.close();
  if (!isThere) await rm(file); // nothing is left where the search then refuses the model
}

async function writeAnswer(file: string, text: string): Promise<void> {
  const bytes = file.endsWith('.gz') ? gzipSync(text) : text;
  await writeFile(file, bytes).catch((cause: Error) => cannotWrite(file, cause));
}

function cannotWrite(file: string, cause: Error): never {
  throw new OperatingError('FILE_UNREADABLE', `cannot write ${file}: ${cause.message}`, { cause });
}
