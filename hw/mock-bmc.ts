import { request } from 'node:http';
import * as z from 'zod';
import { OperatingError } from '../protocol/errors.ts';
import { issueText } from '../protocol/parse.ts';
import { Reading } from '../protocol/reading.ts';
import type { Bmc } from './bmc.ts';

/*
 * The mock BMC's protocol, HTTP and JSON over a Unix socket, the least that a BMC can be asked:
 *   GET  /power      {"power":"on"|"off"}
 *   POST /power      {"power":"on"|"off"} → {"accepted":true}: accepted, not yet done
 *   GET  /sensors    {"readings":[…]}
 *   GET  /identity   {"guid":"…","serial":"…"}
 * Anything but status 200 is a refusal, its body {"error":"why"}.
 */
export const MockPower = z.strictObject({ power: z.enum(['on', 'off']) });
const Accepted = z.strictObject({ accepted: z.literal(true) });
const Sensors = z.strictObject({ readings: z.array(Reading).max(1000) });
const Identity = z.strictObject({ guid: z.string().min(1).max(64), serial: z.string().min(1).max(128) });

const MAX_ANSWER_BYTES = 1_048_576;

export function openMockBmc(socket: string, timeoutMs: number): Bmc {
  const call = async <T>(method: 'GET' | 'POST', path: string, schema: z.ZodType<T>, body?: unknown): Promise<T> => {
    const { status, text } = await exchange(socket, timeoutMs, method, path, body);
    if (status !== 200)
      throw new OperatingError(
        'BMC_REFUSED',
        `the BMC at ${socket} refused ${method} ${path}: ${errorOf(text, status)}`,
      );
    const parsed = schema.safeParse(parseJson(text));
    if (!parsed.success)
      throw new OperatingError(
        'BMC_REFUSED',
        `the BMC at ${socket} answered ${method} ${path} with nonsense: ${issueText(parsed.error)}`,
      );
    return parsed.data;
  };
  return {
    power: async () => (await call('GET', '/power', MockPower)).power,
    powerOff: async () => void (await call('POST', '/power', Accepted, { power: 'off' })),
    powerOn: async () => void (await call('POST', '/power', Accepted, { power: 'on' })),
    sensors: async () => (await call('GET', '/sensors', Sensors)).readings,
    identity: () => call('GET', '/identity', Identity),
  };
}

/** One request on a connection of its own. The timeout is over everything: connecting, waiting and reading. */
function exchange(
  socketPath: string,
  timeoutMs: number,
  method: string,
  path: string,
  body: unknown,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown) => {
      clearTimeout(timer);
      sent.destroy();
      reject(new OperatingError('BMC_UNREACHABLE', `the BMC at ${socketPath} ${why}`, { cause }));
    };
    const timer = setTimeout(() => fail(`did not answer ${method} ${path} within ${timeoutMs} ms`), timeoutMs);
    const payload = body === undefined ? null : JSON.stringify(body);
    const headers =
      payload === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
    const sent = request({ socketPath, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) fail(`answered more than ${MAX_ANSWER_BYTES} bytes`);
        else chunks.push(chunk);
      });
      response.on('error', (error) => fail(`broke off its answer: ${error.message}`, error));
      response.on('end', () => {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
      });
    });
    sent.on('error', (error) => fail(`cannot be reached: ${error.message}`, error));
    sent.end(payload ?? undefined);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
function errorOf(text: string, status: number): string {
  const body = parseJson(text);
  if (typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string')
    return body.error.slice(0, 200);
  return `status ${status}`;
}
