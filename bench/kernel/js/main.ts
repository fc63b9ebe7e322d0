/*
 * main.ts TASK: searches as the file says and prints the outcome as JSON. A process for each search, because the engine takes
 * a closure's variables for constants only while there is one closure of the kind.
 */
import { readFileSync } from 'node:fs';
import { decodeTask } from '../task.ts';
import { runTask } from './run-task.ts';

const { present, best, ...rest } = runTask(decodeTask(readFileSync(process.argv[2]!)));
console.log(JSON.stringify({ ...rest, present: Array.from(present), best: Array.from(best) }));
