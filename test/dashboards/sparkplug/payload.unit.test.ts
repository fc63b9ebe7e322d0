import fc from 'fast-check';
import { expect, test } from 'vitest';
import { takeCommand } from '../../../coordinator/dashboards/sparkplug/command.ts';
import {
  DATA_TYPES,
  encodePayload,
  type Metric,
  type Payload,
} from '../../../coordinator/dashboards/sparkplug/payload.ts';
import { decoded, encoded } from './protoc.ts';

const wall = fc.integer({ min: 0, max: 2 ** 45 });
const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const valued = fc.oneof(
  fc.record({ type: fc.constant('Int32' as const), value: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }) }),
  fc.record({ type: fc.constant('Int64' as const), value: fc.maxSafeInteger() }),
  fc.record({ type: fc.constant('Double' as const), value: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
  fc.record({ type: fc.constant('Boolean' as const), value: fc.boolean() }),
  fc.record({ type: fc.constant('String' as const), value: text }),
  fc.record({ type: fc.constantFrom(...(Object.keys(DATA_TYPES) as Metric['type'][])), value: fc.constant(null) }),
);
const metric: fc.Arbitrary<Metric> = fc
  .tuple(
    valued,
    fc.record({
      name: text,
      alias: fc.option(fc.nat()),
      unit: fc.option(fc.constantFrom('°C', 'B/s', '')),
      timestampMs: wall,
    }),
  )
  .map(([value, rest]) => ({ ...value, ...rest }));
const payload: fc.Arbitrary<Payload> = fc.record({
  timestampMs: wall,
  seq: fc.option(fc.integer({ min: 0, max: 255 })),
  metrics: fc.array(metric, { maxLength: 8 }),
});

const FIELDS = {
  Int32: 'int_value',
  Int64: 'long_value',
  Double: 'double_value',
  Boolean: 'boolean_value',
  String: 'string_value',
};

/** What protoc should read, from the specification's table. */
function expected({ timestampMs, seq, metrics }: Payload, kind: 'birth' | 'data') {
  return {
    timestamp: timestampMs,
    ...(seq === null ? {} : { seq }),
    metrics: metrics.map(({ name, alias, type, value, unit, timestampMs: at }) => {
      const isNamed = kind === 'birth' || alias === null;
      return {
        ...(isNamed ? { name, datatype: DATA_TYPES[type] } : {}),
        ...(alias === null ? {} : { alias }),
        timestamp: at,
        ...(isNamed && unit !== null
          ? { properties: { keys: ['engUnit'], values: [{ type: DATA_TYPES.String, string_value: unit }] } }
          : {}),
        ...(value === null ? { is_null: true } : { [FIELDS[type]]: onWire(type, value) }),
      };
    }),
  };
}
function onWire(type: Metric['type'], value: number | boolean | string): unknown {
  if (type === 'Int32') return Number(value) < 0 ? Number(value) + 2 ** 32 : value;
  if (type === 'Int64') return Number(BigInt.asUintN(64, BigInt(value)));
  return value;
}

test.each(['birth', 'data'] as const)('protoc reads in a %s what was to be said', (kind) => {
  const payloads = fc.sample(payload, { numRuns: 300, seed: 7 });
  const read = decoded(payloads.map((each) => encodePayload(each, kind)));
  expect(read).toEqual(payloads.map((each) => expected(each, kind)));
});

const REBIRTH = 'metrics { name: "Node Control/Rebirth" timestamp: 9 datatype: 11 boolean_value: true }';
const take = (message: string | Uint8Array, isOwn = true, isRetained = false) =>
  takeCommand(isOwn, typeof message === 'string' ? encoded(message) : message, isRetained);

test('a request for a rebirth is understood, with all that it may hold beside', () => {
  for (const message of [
    `timestamp: 9 ${REBIRTH}`,
    'metrics { name: "Node Control/Rebirth" boolean_value: true }',
    `timestamp: 9 ${REBIRTH} seq: 3 uuid: "u" body: "b"`,
    `${REBIRTH} ${REBIRTH}`,
    'metrics { name: "Node Control/Rebirth" alias: 7 is_transient: true boolean_value: true properties { keys: "a" values { type: 12 string_value: "b" } } }',
  ])
    expect(take(message)).toEqual({ ok: true });
});

test.each([
  ['nothing', '', 'REQUEST_INVALID', 'no metric'],
  [
    'another control',
    'metrics { name: "Node Control/Reboot" datatype: 11 boolean_value: true }',
    'REQUEST_INVALID',
    '"Node Control/Reboot" is not Node Control/Rebirth',
  ],
  [
    'something beside a rebirth',
    `${REBIRTH} metrics { name: "Node Control/Next Server" boolean_value: true }`,
    'REQUEST_INVALID',
    'Next Server',
  ],
  ['an alias alone', 'metrics { alias: 3 boolean_value: true }', 'REQUEST_INVALID', 'null is not'],
  [
    'false',
    'metrics { name: "Node Control/Rebirth" boolean_value: false }',
    'REQUEST_INVALID',
    'is false; allowed is true',
  ],
  ['no value', 'metrics { name: "Node Control/Rebirth" is_null: true }', 'REQUEST_INVALID', 'is null; allowed is true'],
  [
    'a number',
    'metrics { name: "Node Control/Rebirth" datatype: 3 int_value: 1 }',
    'REQUEST_INVALID',
    'type 3; allowed is 11',
  ],
  ['a number without a type', 'metrics { name: "Node Control/Rebirth" int_value: 1 }', 'REQUEST_INVALID', 'is null'],
])('%s is refused: %#', (_what, message, code, detail) => {
  expect(take(message)).toEqual({ ok: false, code, detail: expect.stringContaining(detail) });
});

test('what is no command is refused', () => {
  expect(take(REBIRTH, false)).toMatchObject({ code: 'REQUEST_INVALID', detail: 'devices take no commands' });
  expect(take(REBIRTH, true, true)).toMatchObject({
    code: 'PAYLOAD_INVALID',
    detail: expect.stringContaining('retained'),
  });
  expect(take(new Uint8Array(4097))).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  expect(take(Buffer.from('{"metrics":[]}'))).toMatchObject({ code: 'PAYLOAD_INVALID' });
  const cut = encoded(REBIRTH);
  for (let length = 1; length < cut.length; length++) expect(take(cut.subarray(0, length)).ok).toBe(false);
});

test('no bytes whatever make it throw, or pass without asking for a rebirth', () => {
  const whole = encoded(REBIRTH);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(whole.length - 1), fc.nat(255), (bytes, at, byte) => {
      expect(take(bytes).ok).toBe(false);
      const spoilt = Uint8Array.from(whole);
      spoilt[at] = byte;
      take(spoilt);
    }),
  );
});
