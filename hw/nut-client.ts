import { connect } from 'node:net';

const MAX_ANSWER_CHARS = 256 * 1024;

/**
 * What the UPS daemon of Network UPS Tools knows: UPS → variable → text, in one connection (RFC 9271: LIST UPS, LIST VAR). A
 * UPS whose data are stale has no variables. Throws when nobody listens, or for an answer that takes longer than `limitMs`.
 */
export function askNut(
  { host, port }: { readonly host: string; readonly port: number },
  limitMs: number,
): Promise<Map<string, Map<string, string>>> {
  return new Promise((resolve, reject) => {
    const upses = new Map<string, Map<string, string>>();
    const waiting: string[] = []; // UPSes whose variables are asked for, in that order
    let rest = '';
    const socket = connect({ host, port });
    const timer = setTimeout(() => end(new Error(`no answer within ${limitMs} ms`)), limitMs);
    function end(error: Error | null): void {
      clearTimeout(timer);
      socket.destroy();
      if (error) reject(error);
      else resolve(upses);
    }
    function next(): void {
      waiting.shift();
      if (waiting.length === 0) end(null);
    }
    function heard(line: string): void {
      const [kind, what, ups = '', variable = ''] = fieldsOf(line);
      if (kind === 'UPS' && what !== undefined) upses.set(what, new Map());
      else if (kind === 'END' && what === 'LIST' && ups === 'UPS') {
        waiting.push(...upses.keys());
        if (waiting.length === 0) return end(null);
        socket.write([...upses.keys()].map((name) => `LIST VAR ${name}\n`).join(''));
      } else if (kind === 'VAR' && what !== undefined) upses.get(what)?.set(ups, variable);
      else if (kind === 'END' && what === 'LIST' && ups === 'VAR') next();
      else if (kind === 'ERR') {
        if (waiting.length === 0) return end(new Error(`refused: ${what ?? ''}`));
        upses.get(waiting[0] ?? '')?.clear();
        next();
      }
    }
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write('LIST UPS\n'));
    socket.on('data', (chunk: string) => {
      rest += chunk;
      if (rest.length > MAX_ANSWER_CHARS) return end(new Error('an answer without an end'));
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(heard);
    });
    socket.on('error', end);
    socket.on('close', () => end(new Error('the connection was closed')));
  });
}

/** Words, or texts in quotes, in which a backslash makes the next character plain. */
function fieldsOf(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, quoted, word]) => word ?? (quoted ?? '').replace(/\\(.)/g, '$1'),
  );
}
