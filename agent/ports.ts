import { createServer } from 'node:net';
import { OperatingError } from '../protocol/errors.ts';

/** Free TCP ports of a range, by name. A port given out is not given out again while `taken` has it. */
export async function choosePorts(
  names: readonly string[],
  range: { readonly from: number; readonly to: number },
  taken: Set<number>,
): Promise<Record<string, number>> {
  const ports: Record<string, number> = {};
  const size = range.to - range.from + 1;
  for (const name of names) {
    const start = Math.floor(Math.random() * size); // several agents may share a machine and its range
    let port = 0;
    for (let i = 0; i < size && port === 0; i++) {
      const candidate = range.from + ((start + i) % size);
      if (taken.has(candidate)) continue;
      taken.add(candidate);
      if (await isFree(candidate)) port = candidate;
      else taken.delete(candidate);
    }
    if (port === 0) {
      for (const given of Object.values(ports)) taken.delete(given);
      throw new OperatingError('SPAWN_FAILED', `no free port in ${range.from} to ${range.to} for ${name}`);
    }
    ports[name] = port;
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
