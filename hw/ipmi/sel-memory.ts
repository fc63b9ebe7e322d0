import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { SelMark, SelRecord } from './parse-sel.ts';

/** How far a BMC's log has been read. */
export interface SelPosition {
  readonly mark: SelMark;
  readonly last: SelRecord | null; // null: it was empty
}

export interface SelMemory {
  load(): SelPosition | null;
  save(position: SelPosition): void;
}

const Stored = z.strictObject({
  bmc: z.string(),
  mark: z.strictObject({ entries: z.int().nonnegative(), added: z.string(), erased: z.string() }),
  last: z.strictObject({ id: z.int(), next: z.int(), bytes: z.array(z.int().min(0).max(255)).length(16) }).nullable(),
});

/**
 * Kept in a file, so that what a log gained while no agent ran (why its server went down, above all) is told by the next
 * one. A file that is damaged, another BMC's or cannot be written costs that and nothing else.
 */
export function selMemory(directory: string | null, bmc: string): SelMemory {
  const path = directory === null ? null : join(directory, 'sel.json');
  return {
    load: () => {
      if (path === null) return null;
      try {
        const stored = Stored.parse(JSON.parse(readFileSync(path, 'utf8')));
        return stored.bmc === bmc ? { mark: stored.mark, last: stored.last } : null;
      } catch {
        return null;
      }
    },
    save: ({ mark, last }) => {
      if (path === null) return;
      try {
        writeFileSync(`${path}.new`, JSON.stringify({ bmc, mark, last }), { mode: 0o600 });
        renameSync(`${path}.new`, path);
      } catch {
        rmSync(`${path}.new`, { force: true });
      }
    },
  };
}
