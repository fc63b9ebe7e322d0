import { createInterface } from 'node:readline/promises';

/** What is typed on the terminal after the question; empty when the terminal is closed instead. */
export async function ask(question: string): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<string>((resolve) => reader.once('close', () => resolve('')));
  const answer = await Promise.race([reader.question(question), closed]);
  reader.close();
  return answer.trim();
}
