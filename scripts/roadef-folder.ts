import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { RoadefModel } from '../placement/roadef/model.ts';
import { readAssignment, readModel } from '../placement/roadef/read.ts';
import { assignmentText } from '../placement/roadef/write.ts';

/*
 * A folder of the challenge's files: model_NAME.txt and assignment_NAME.txt, plain or gzip (.gz), and where they are there
 * reference.json, what others came to, and check.py, a judge of answers that shares nothing with ours.
 */

const Reference = z.object({
  initial: z.number(),
  lowerBound: z.number(),
  bestKnown: z.number(),
  winner2012at300s: z.number(),
  bestOfAll2012Teams: z.number().nullable(),
});
export type Reference = z.infer<typeof Reference>;

export interface RoadefCase {
  readonly model: RoadefModel;
  readonly initial: Int32Array;
}

export interface RoadefFolder {
  readonly names: readonly string[];
  readonly references: Readonly<Record<string, Reference>>;
  /** Throws RoadefFileError for what is in a file, and an Error for one that cannot be read or unpacked. */
  read(name: string): RoadefCase;
  /** The cost that check.py gives an answer, or what it says against it; null where it, or python3, is not there. */
  judge(name: string, machineOf: Int32Array): string | null;
}

/** Throws an Error that says what is wrong with the folder. */
export function openRoadefFolder(folder: string): RoadefFolder {
  if (!existsSync(folder)) throw new Error(`there is no ${folder}`);
  const files = new Set(readdirSync(folder));
  const fileOf = (kind: string, name: string) => {
    const found = [`${kind}_${name}.txt`, `${kind}_${name}.txt.gz`].find((file) => files.has(file));
    return found === undefined ? null : join(folder, found);
  };
  const names = [...files]
    .flatMap((file) => /^model_(.+)\.txt(?:\.gz)?$/.exec(file)?.[1] ?? [])
    .filter((name) => fileOf('assignment', name) !== null)
    .sort();
  if (names.length === 0) throw new Error(`there is no model_NAME.txt with its assignment_NAME.txt in ${folder}`);
  const plain = (kind: string, name: string) => unpacked(fileOf(kind, name)!);
  return {
    names,
    references: readReferences(join(folder, 'reference.json')),
    read(name) {
      const model = readModel(plain('model', name), fileOf('model', name)!);
      return { model, initial: readAssignment(plain('assignment', name), fileOf('assignment', name)!, model) };
    },
    judge(name, machineOf) {
      if (!files.has('check.py')) return null;
      const scratch = mkdtempSync(join(tmpdir(), 'evenkeel-roadef-'));
      try {
        const write = (file: string, content: string | Uint8Array) => {
          writeFileSync(join(scratch, file), content);
          return join(scratch, file);
        };
        const args = [
          write('model', plain('model', name)),
          write('assignment', plain('assignment', name)),
          write('answer', assignmentText(machineOf)),
        ];
        return execFileSync('python3', [join(folder, 'check.py'), '--quiet', ...args], { encoding: 'utf8' }).trim();
      } catch (error) {
        const { code, stdout } = error as { code?: string; stdout?: string };
        return code === 'ENOENT' ? null : (stdout ?? String(error)).trim();
      } finally {
        rmSync(scratch, { recursive: true, force: true });
      }
    },
  };
}

function unpacked(file: string): Uint8Array {
  const bytes = readFileSync(file);
  try {
    return file.endsWith('.gz') ? gunzipSync(bytes) : bytes;
  } catch (cause) {
    throw new Error(`cannot unpack ${file}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

function readReferences(file: string): Readonly<Record<string, Reference>> {
  if (!existsSync(file)) return {};
  const parsed = z.record(z.string(), Reference).safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Error(`${file}: ${issue?.path.join('.')}: ${issue?.message}`);
}
