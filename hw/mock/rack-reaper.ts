import { killTagged } from './processes.ts';

/*
 * Kills everything of a rack once the process that hosts the rack is gone: its end of our standard input closes then,
 * whatever it died of. argv: the rack's id.
 */
const id = process.argv[2] ?? '';
if (!/^EK[0-9A-F]{6}-$/.test(id)) throw new Error(`not the id of a rack: ${JSON.stringify(id)}`);
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.stdin.resume();
process.stdin.on('end', () => void killTagged(id).then(() => process.exit(0)));
process.stdin.on('error', () => void killTagged(id).then(() => process.exit(0)));
