import { request } from 'node:http';
import * as z from 'zod';
import { OperatingError } from '../protocol/errors.ts';
import { issueText } from '../protocol/parse.ts';
import { Reading } from '../protocol/reading.ts';
import type { Bmc } from './bmc.ts';
import { exchange, parseJson } from './http-exchange.ts';

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

export function openMockBmc(socket: string, timeoutMs: number): Bmc {
  const call = async <T>(method: 'GET' | 'POST', path: string, schema: z.ZodType<T>, body?: unknown): Promise<T> => {
    const payload = body === undefined ? null : JSON.stringify(body);
    const headers =
      payload === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
    const { status, text } = await exchange(
      `the BMC at ${socket}`,
      `${method} ${path}`,
      timeoutMs,
      (onResponse) => request({ socketPath: socket, method, path, headers, agent: false }, onResponse),
      payload,
    );
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

function errorOf(text: string, status: number): string {
  const body = parseJson(text);
  if (typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string')
    return body.error.slice(0, 200);
  return `status ${status}`;
}
