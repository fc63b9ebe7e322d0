import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { instance, isActive, live } from './instance.mjs';

/*
 * A small web application. Each request costs real CPU time, so that its latency tells whether it gets the CPU it needs.
 * As standby it is warm and says that it is well, but serves nobody. PORT_HTTP: where it listens; WORK: hashes per request.
 */
const work = Number(process.env.WORK ?? 150);
const port = Number(process.env.PORT_HTTP ?? 8080);

function compute() {
  let digest = instance;
  for (let i = 0; i < work; i++) digest = createHash('sha256').update(digest).digest('hex');
  return digest;
}

live();
createServer((request, response) => {
  const serves = isActive() || request.url === '/healthz';
  response.writeHead(serves ? 200 : 503, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ instance, active: isActive(), digest: serves ? compute() : null }));
}).listen(port, '127.0.0.1');
