import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { encodeTask, type Outcome, type Task } from './task.ts';

const MOST_OUTPUT = 64 * 2 ** 20; // bytes

/** Runs a port in a process of its own: a command to which the file with the task is the last argument. */
export function annealInChild(command: readonly string[], task: Task, file: string): Outcome {
  writeFileSync(file, encodeTask(task));
  const [program, ...args] = command;
  const { error, status, stdout, stderr } = spawnSync(program!, [...args, file], {
    encoding: 'utf8',
    maxBuffer: MOST_OUTPUT,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command.join(' ')} ended with exit code ${status}: ${stderr}`);
  return JSON.parse(stdout) as Outcome;
}
