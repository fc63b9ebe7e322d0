import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Lease } from '../../protocol/lease.ts';
import { Assignment, Gone, Heartbeat, Hello, NodeEvent, Report } from '../../protocol/messages.ts';
import { issueText, MAX_DEPTH, MAX_PAYLOAD_BYTES, parsePayload } from '../../protocol/parse.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const HEARTBEAT = { v: 1, node: 'N1', bootId: 5, sequence: 0, sentMs: 12.5, term: 1, revision: 0, mainSilenceMs: 3 };
const MESSAGES = { Assignment, Gone, Heartbeat, Hello, Lease, NodeEvent, Report };

test('a good message is taken', () => {
  expect(parsePayload(Heartbeat, bytes(JSON.stringify(HEARTBEAT)))).toEqual({ ok: true, value: HEARTBEAT });
});

test.each([
  ['', 'PAYLOAD_INVALID', 'not JSON'],
  ['{', 'PAYLOAD_INVALID', 'not JSON'],
  ['null', 'PAYLOAD_INVALID', 'message: '],
  ['[]', 'PAYLOAD_INVALID', 'message: '],
  [JSON.stringify({ ...HEARTBEAT, v: 2 }), 'PAYLOAD_INVALID', 'v: '],
  [JSON.stringify({ ...HEARTBEAT, node: 'N1/up' }), 'PAYLOAD_INVALID', 'node: '],
  [JSON.stringify({ ...HEARTBEAT, node: '+' }), 'PAYLOAD_INVALID', 'node: '],
  [JSON.stringify({ ...HEARTBEAT, bootId: 0 }), 'PAYLOAD_INVALID', 'bootId: '],
  [JSON.stringify({ ...HEARTBEAT, sequence: -1 }), 'PAYLOAD_INVALID', 'sequence: '],
  [JSON.stringify({ ...HEARTBEAT, sequence: 2 ** 53 }), 'PAYLOAD_INVALID', 'sequence: '],
  [JSON.stringify({ ...HEARTBEAT, sentMs: null }), 'PAYLOAD_INVALID', 'sentMs: '],
  [JSON.stringify({ ...HEARTBEAT, more: 1 }), 'PAYLOAD_INVALID', 'more'],
])('%s is refused', (text, code, detail) => {
  expect(parsePayload(Heartbeat, bytes(text))).toMatchObject({
    ok: false,
    code,
    detail: expect.stringContaining(detail),
  });
});

test('bytes that are not UTF-8 are refused', () => {
  expect(parsePayload(Heartbeat, new Uint8Array([0x22, 0xff, 0x22]))).toEqual({
    ok: false,
    code: 'PAYLOAD_INVALID',
    detail: 'not UTF-8 text',
  });
});

describe('limits', () => {
  const Text = z.string();
  const ofSize = (size: number) => bytes(JSON.stringify('x'.repeat(size - 2)));
  test('a payload may just have the largest size', () => {
    expect(parsePayload(Text, ofSize(MAX_PAYLOAD_BYTES)).ok).toBe(true);
    expect(parsePayload(Text, ofSize(MAX_PAYLOAD_BYTES + 1))).toMatchObject({ ok: false, code: 'PAYLOAD_TOO_LARGE' });
  });
  test('size is counted in bytes, not in characters', () => {
    expect(parsePayload(Text, bytes(JSON.stringify('é'.repeat(MAX_PAYLOAD_BYTES / 2))))).toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
    });
  });

  const nested = (depth: number) => bytes('['.repeat(depth) + ']'.repeat(depth));
  test('a payload may just have the greatest depth', () => {
    expect(parsePayload(z.unknown(), nested(MAX_DEPTH)).ok).toBe(true);
    expect(parsePayload(z.unknown(), nested(MAX_DEPTH + 1))).toMatchObject({ ok: false, code: 'PAYLOAD_TOO_DEEP' });
    expect(parsePayload(z.unknown(), bytes('{"a":'.repeat(MAX_DEPTH + 1)))).toMatchObject({ code: 'PAYLOAD_TOO_DEEP' });
  });
  test('brackets in text are not depth', () => {
    const text = `\\"${'[{'.repeat(100)}`;
    expect(parsePayload(Text, bytes(JSON.stringify(text)))).toEqual({ ok: true, value: text });
  });
  test('brackets after an escaped quote in text are', () => {
    expect(parsePayload(z.unknown(), bytes(`["\\\\",${'['.repeat(MAX_DEPTH)}`))).toMatchObject({
      code: 'PAYLOAD_TOO_DEEP',
    });
  });
});

test('the text of an issue is short and names at most three fields', () => {
  const result = Hello.safeParse({ ['x'.repeat(2000)]: 1 });
  expect(result.error && issueText(result.error).length).toBeLessThanOrEqual(500);
  expect(result.error && issueText(result.error).split('; ').length).toBeLessThanOrEqual(3);
});

describe.each(Object.entries(MESSAGES))('%s', (_name, schema) => {
  test('takes no bytes amiss', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (payload) => {
        expect(parsePayload(schema as z.ZodType, payload).ok).toBe(false);
      }),
    );
  });
  test('takes no JSON amiss', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        const result = parsePayload(schema as z.ZodType, bytes(text));
        expect(result).toMatchObject({ ok: false, code: 'PAYLOAD_INVALID' });
      }),
    );
  });
});

test('a good message with one field spoilt is refused or still what the schema says', () => {
  const keys = Object.keys(HEARTBEAT);
  fc.assert(
    fc.property(fc.constantFrom(...keys), fc.jsonValue(), (key, value) => {
      const result = parsePayload(Heartbeat, bytes(JSON.stringify({ ...HEARTBEAT, [key]: value })));
      if (result.ok) expect(Heartbeat.parse(result.value)).toEqual(result.value);
      else expect(result.detail).toContain(key);
    }),
  );
});
