import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { eventually } from './temporary.ts';

/** A process that commits, killed in the midst of it after so many commits; the number of the last that it had acknowledged. */
export async function killedWriter(file: string, commits: number): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'store-writer.ts'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await eventually(`${commits} acknowledged commits`, () => output.split('\n').length > commits);
  child.kill('SIGKILL');
  await once(child, 'close');
  return Number(output.trim().split('\n').at(-1));
}
