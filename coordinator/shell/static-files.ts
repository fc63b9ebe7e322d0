import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
};

/** Serves the built dashboard from one folder. False where there is no such file. */
export async function serveStatic(folder: string, path: string, response: ServerResponse): Promise<boolean> {
  let wanted: string;
  try {
    wanted = decodeURIComponent(path === '/' ? '/index.html' : path);
  } catch {
    return false;
  }
  const file = normalize(join(folder, wanted));
  const type = TYPES[extname(file)];
  if (wanted.includes('\0') || !file.startsWith(folder + sep) || type === undefined) return false;
  const content = await readFile(file).catch(() => null);
  if (content === null) return false;
  response.writeHead(200, {
    'content-type': type,
    'content-length': content.length,
    // built files carry a hash of their content in their names, the page does not
    'cache-control': file.includes(`${sep}assets${sep}`) ? 'public, max-age=31536000, immutable' : 'no-cache',
    'content-security-policy': "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  });
  response.end(content);
  return true;
}
