import { createServer } from 'node:net';
import { Aedes } from 'aedes';

/** Any broker of somebody else's: it knows nothing of Evenkeel. */
export async function startPlainBroker(port: number): Promise<{ readonly port: number; close(): Promise<void> }> {
  const aedes = await Aedes.createBroker();
  const server = createServer({ noDelay: true }, (socket) => aedes.handle(socket));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    close: () => new Promise((resolve) => aedes.close(() => server.close(() => resolve()))),
  };
}
