import { parentPort, workerData } from 'node:worker_threads';
import { inspect } from './inspect.ts';

/* Checks one file on a thread of its own: the coordinator's own goes on meanwhile. */

parentPort?.postMessage(inspect((workerData as { file: string }).file));
