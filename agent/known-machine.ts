import { join } from 'node:path';
import * as z from 'zod';
import { Inventory, ServerIdentity } from '../protocol/messages.ts';
import { encodeChecked, readChecked } from './checked-json.ts';
import { writeDurably } from './durable-file.ts';

/*
 * What an earlier agent found out about this machine, so that the next one need not wait for it. It counts within one boot of the
 * kernel only: after that the disk may sit in another server, and by whom a hello is said decides who is fenced.
 */

const Known = z.strictObject({
  v: z.literal(1),
  machineBoot: z.string(),
  inventory: Inventory,
  server: ServerIdentity,
});
export interface Machine {
  readonly inventory: Inventory;
  readonly server: ServerIdentity;
}

const fileIn = (stateDir: string) => join(stateDir, 'machine.json');

/** Null where nothing is known of this boot; a damaged file is as good as none. */
export function knownMachine(stateDir: string, machineBoot: string): Machine | null {
  const stored = readChecked(Known, fileIn(stateDir));
  if (stored.kind !== 'ok' || stored.value.machineBoot !== machineBoot) return null;
  const { inventory, server } = stored.value;
  return { inventory, server };
}

export function rememberMachine(stateDir: string, machineBoot: string, { inventory, server }: Machine): void {
  try {
    writeDurably(fileIn(stateDir), encodeChecked({ v: 1, machineBoot, inventory, server }));
  } catch {
    // a full disk: the next start waits
  }
}
