import { Socket } from 'node:net';

/**
 * Settles when the process that started this one is gone, however it ended: it holds the other end of standard input.
 * Never settles without `asked`, since services are started with a standard input that has ended already.
 */
export function parentGone(asked: boolean): Promise<void> {
  if (!asked) return new Promise(() => {});
  return new Promise((resolve) => {
    process.stdin.on('end', resolve);
    process.stdin.on('error', () => resolve());
    process.stdin.resume();
    if (process.stdin instanceof Socket) process.stdin.unref(); // it is listened to, not waited for
  });
}
