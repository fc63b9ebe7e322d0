import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

/** Colour where standard output is a terminal that has it and NO_COLOR does not forbid it (Node looks after that). */
export const styled =
  (format: Format) =>
  (text: string): string =>
    styleText(format, text, { stream: process.stdout });

export const bold = styled('bold');
export const dim = styled('dim');
export const green = styled('green');
export const yellow = styled('yellow');
export const red = styled('red');
export const plain = (text: string): string => text;

/** Columns of the terminal; what goes to a file or a pipe is not cut. */
export function width(): number {
  return process.stdout.isTTY ? Math.max(process.stdout.columns || 80, 20) : Infinity;
}

export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** What is not the answer itself: progress, warnings, errors. */
export function say(text: string): void {
  process.stderr.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** `evenkeel events | head` closes the pipe early: that ends the command, quietly. */
export function endOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
      throw error;
    });
}
