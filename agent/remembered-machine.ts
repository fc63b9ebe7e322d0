import { join } from 'node:path';
import * as z from 'zod';
import { Inventory, ServerIdentity } from '../protocol/messages.ts';
import { encodeChecked, readChecked } from './checked-json.ts';
import { writeDurably } from './durable-file.ts';

/*
 * What this machine was found to be, for as long as it stays booted. Finding it out takes seconds on a busy machine, and an agent
 * that says no hello meanwhile is taken for dead, with all that runs here.
 */

const Remembered = z.strictObject({
  v: z.literal(1),
  machineBoot: z.string(),
  inventory: Inventory,
  server: ServerIdentity,
});
export type Machine = Pick<z.infer<typeof Remembered>, 'inventory' | 'server'>;

const pathIn = (stateDir: string) => join(stateDir, 'machine.json');

/** Null at the first start of an agent since the machine was booted, and where nothing whole is remembered. */
export function rememberedMachine(stateDir: string, machineBoot: string): Machine | null {
  const stored = readChecked(Remembered, pathIn(stateDir));
  if (stored.kind !== 'ok' || stored.value.machineBoot !== machineBoot) return null;
  const { inventory, server } = stored.value;
  return { inventory, server };
}

export function rememberMachine(stateDir: string, machineBoot: string, { inventory, server }: Machine): void {
  try {
    writeDurably(pathIn(stateDir), encodeChecked({ v: 1, machineBoot, inventory, server }));
  } catch {
    // a full disk: found out anew at the next start
  }
}
