import { realpathSync } from 'node:fs';
import { createServer } from 'node:net';
import { OperatingError } from '../protocol/errors.ts';

/**
 * One `evenkeel up` per state folder. The lock is a name that the kernel holds (an abstract Unix socket) and gives back
 * when the process ends, however it ends: nothing stale can be left.
 */
export async function lockForUp(stateDir: string): Promise<void> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EADDRINUSE') return reject(cause);
      reject(
        new OperatingError(
          'CONFLICT',
          `an appliance runs with the files in ${stateDir} already: stop it, or say another folder with --state-dir`,
          { cause },
        ),
      );
    });
    server.listen({ path: `\0evenkeel-up:${realpathSync(stateDir)}` }, resolve);
  });
  server.unref();
}
