import fc from 'fast-check';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Ingest } from '../../coordinator/shell/ingest.ts';
import type { ClusterName } from '../../protocol/ids.ts';
import { MAX_PAYLOAD_BYTES } from '../../protocol/parse.ts';
import { HEARTBEAT, HELLO, REPORT } from './messages.ts';

const cluster = 'test' as ClusterName;
const topic = (node: string, kind: string) => `evenkeel/v1/test/node/${node}/up/${kind}`;
const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const newIngest = () => new Ingest(cluster, pino({ level: 'silent' }));

test('good messages become events', () => {
  const ingest = newIngest();
  expect(ingest.take(topic('N1', 'hello'), bytes(HELLO), 0)).toMatchObject({ kind: 'greeted', hello: { node: 'N1' } });
  expect(ingest.take(topic('N1', 'heartbeat'), bytes(HEARTBEAT), 0)).toMatchObject({ kind: 'heartbeaten' });
  expect(ingest.take(topic('N1', 'report'), bytes(REPORT), 0)).toMatchObject({ kind: 'reported' });
  expect(ingest.take(topic('N1', 'gone'), bytes({ v: 1, node: 'N1', bootId: 1 }), 0)).toMatchObject({ kind: 'hinted' });
  expect(ingest.received).toEqual({ hello: 1, heartbeat: 1, report: 1, gone: 1 });
  expect(ingest.refused).toEqual({});
});

const deep = `${'['.repeat(40)}${']'.repeat(40)}`;
test.each([
  ['not JSON', topic('N1', 'hello'), 'hello', 'PAYLOAD_INVALID'],
  ['nothing', topic('N1', 'hello'), '', 'PAYLOAD_INVALID'],
  ['not UTF-8', topic('N1', 'hello'), Buffer.from([0xff, 0xfe]), 'PAYLOAD_INVALID'],
  ['a field too many', topic('N1', 'heartbeat'), { ...HEARTBEAT, extra: 1 }, 'PAYLOAD_INVALID'],
  ['a negative sequence', topic('N1', 'heartbeat'), { ...HEARTBEAT, sequence: -1 }, 'PAYLOAD_INVALID'],
  ['a number that is none', topic('N1', 'heartbeat'), '{"v":1,"node":"N1","bootId":1e400}', 'PAYLOAD_INVALID'],
  ['__proto__', topic('N1', 'hello'), '{"__proto__":{"v":1}}', 'PAYLOAD_INVALID'],
  ['capacity below zero', topic('N1', 'hello'), { ...HELLO, capacity: { cpu: -1 } }, 'PAYLOAD_INVALID'],
  ['another version', topic('N1', 'hello'), { ...HELLO, v: 2 }, 'PAYLOAD_INVALID'],
  ['deep nesting', topic('N1', 'report'), deep, 'PAYLOAD_TOO_DEEP'],
  ['a large payload', topic('N1', 'report'), Buffer.alloc(MAX_PAYLOAD_BYTES + 1, 0x20), 'PAYLOAD_TOO_LARGE'],
  ['another node in the payload', topic('N2', 'heartbeat'), HEARTBEAT, 'NODE_MISMATCH'],
  ['a kind that is none', topic('N1', 'order'), HEARTBEAT, 'TOPIC_UNKNOWN'],
  ['a node name that is none', topic('N1;reboot', 'heartbeat'), HEARTBEAT, 'TOPIC_UNKNOWN'],
  ['another cluster', 'evenkeel/v1/other/node/N1/up/heartbeat', HEARTBEAT, 'TOPIC_UNKNOWN'],
])('%s is refused and counted', (_name, where, payload, code) => {
  const ingest = newIngest();
  const sent = payload instanceof Uint8Array ? payload : bytes(payload);
  expect(ingest.take(where, sent, 0)).toBeNull();
  expect(ingest.refused).toEqual({ [code]: 1 });
});

test('a node that floods is held to its rate; others are not touched by it', () => {
  const ingest = newIngest();
  let taken = 0;
  for (let i = 0; i < 10_000; i++) if (ingest.take(topic('N1', 'heartbeat'), bytes(HEARTBEAT), i / 10)) taken++;
  expect(taken).toBe(200 + 49); // the burst, and 50 a second for one second
  expect(ingest.refused.RATE_EXCEEDED).toBe(10_000 - taken);
  expect(ingest.take(topic('N2', 'heartbeat'), bytes({ ...HEARTBEAT, node: 'N2' }), 1000)).not.toBeNull();
});

test('nothing whatever makes it throw', () => {
  const ingest = newIngest();
  const kinds = fc.constantFrom('hello', 'heartbeat', 'report', 'event', 'gone', 'x', '');
  const junk = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((text) => bytes(text)),
    fc
      .constantFrom(HELLO, HEARTBEAT, REPORT)
      .chain((message) =>
        fc
          .tuple(fc.constantFrom(...Object.keys(message)), fc.jsonValue())
          .map(([field, value]) => bytes({ ...message, [field]: value })),
      ),
  );
  let now = 0;
  fc.assert(
    fc.property(kinds, junk, (kind, payload) => {
      now += 100;
      ingest.take(topic('N1', kind), payload, now);
    }),
    { numRuns: 3000 },
  );
});
