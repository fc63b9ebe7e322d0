import { readInventory } from '../hw/inventory.ts';

/*
 * What this machine is, found out in a process that then ends: with it goes the library that is needed for this alone. A thread
 * would leave 5 MB behind.
 */

process.stdout.write(JSON.stringify(await readInventory()), () => process.exit(0));
