import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePayload } from '../../protocol/parse.ts';
import { Reading, ReadingKind, Unit } from '../../protocol/reading.ts';
import {
  decodeRecord,
  encodeRecord,
  NameTable,
  Receipt,
  readingOf,
  type Sample,
  type SampleRecord,
  Samples,
} from '../../protocol/samples.ts';
import { seriesOf, seriesTable } from '../../protocol/series.ts';

const TABLE = 'abcdefgh';
const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.constant(null));
const sample = (index: number): fc.Arbitrary<Sample> =>
  fc.oneof(
    fc.record({
      index: fc.constant(index),
      value,
      level: fc.constantFrom('ok' as const, 'warning' as const, 'critical' as const, null),
      limit: value,
      isGone: fc.constant(false),
    }),
    fc.constant({ index, value: null, level: null, limit: null, isGone: true }),
  );
const record: fc.Arbitrary<SampleRecord> = fc
  .tuple(fc.nat(1e9), fc.nat(1e9), fc.boolean(), fc.uniqueArray(fc.nat(1000), { maxLength: 60 }))
  .chain(([first, atMs, isWhole, picked]) => {
    const indices = isWhole ? picked.map((_, i) => i) : picked.sort((a, b) => a - b);
    const samples = fc.tuple(...indices.map(sample));
    return samples.map((all) => ({ first, atMs, table: TABLE, isWhole, samples: all }));
  });
const bytes = (message: unknown) => Buffer.from(JSON.stringify(message));
const minusZero = (each: SampleRecord) => JSON.parse(JSON.stringify(each)) as SampleRecord; // JSON knows no -0

test('what is encoded comes out of the wire again as it was', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 5 }), (records) => {
      const parsed = parsePayload(Samples, bytes({ v: 1, boot: 1, records: records.map(encodeRecord) }));
      if (!parsed.ok) throw new Error(parsed.detail);
      expect(parsed.value.records.map(decodeRecord)).toEqual(records.map(minusZero));
    }),
  );
});

const optional = <K extends string, T>(key: K, arbitrary: fc.Arbitrary<T>) =>
  fc.option(arbitrary).map((given) => (given === null ? {} : { [key]: given })) as fc.Arbitrary<{ [k in K]?: T }>;
const name = fc.oneof(fc.string({ minLength: 1, maxLength: 96 }), fc.constantFrom('smart/sda/wear', 'smart/sda', 'a'));
const limit = fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => each + 0);
const reading = fc
  .tuple(
    fc.record({ sensor: name, value, unit: fc.constantFrom(...Unit.options) }),
    optional('level', fc.constantFrom('ok' as const, 'warning' as const, 'critical' as const)),
    optional('limit', limit),
    optional('critical', limit),
    optional('kind', fc.constantFrom(...ReadingKind.options)),
    optional('component', name),
  )
  .map((parts): Reading => Object.assign({}, ...parts));

test('a reading comes out of table and record exactly as its sensor gave it', () => {
  const readings = fc.uniqueArray(reading, { selector: ({ sensor }) => sensor, maxLength: 30 });
  fc.assert(
    fc.property(readings, (all) => {
      const table = { v: 1, boot: 1, table: TABLE, usage: [], ...seriesTable(all) };
      const samples = all.map(
        ({ value, level = null, limit = null }, index): Sample => ({ index, value, level, limit, isGone: false }),
      );
      const wire = encodeRecord({ first: 0, atMs: 0, table: TABLE, isWhole: true, samples });
      const names = parsePayload(NameTable, bytes(table));
      const told = parsePayload(Samples, bytes({ v: 1, boot: 1, records: [wire] }));
      if (!names.ok || !told.ok) throw new Error('refused');
      const series = seriesOf(names.value);
      const made = told.value.records.flatMap(decodeRecord).flatMap((record) =>
        record.samples.map((sample) => {
          const one = series[sample.index];
          return one && readingOf(one, sample);
        }),
      );
      expect(made).toEqual(JSON.parse(JSON.stringify(all)));
      for (const each of made) Reading.parse(each);
    }),
  );
});

const R = [0, 5, TABLE, [1, 4], [2, null]];
test.each([
  ['fewer indices than values', [0, 5, TABLE, [1], [2, 3]], /records\.0\.3: 1 indices for 2 values/],
  ['indices that fall', [0, 5, TABLE, [4, 1], [2, 3]], /records\.0\.3: indices grow/],
  ['an index twice', [0, 5, TABLE, [4, 4], [2, 3]], /records\.0\.3: indices grow/],
  ['an index past every table', [0, 5, TABLE, [1e6], [2]], /records\.0\.3\.0/],
  ['a level that is none', [...R, '-?'], /records\.0\.5: levels are letters/],
  ['too few levels', [...R, '-'], /records\.0\.5: 1 levels for 2 values/],
  ['too many limits', [...R, '--', [1, 2, 3]], /records\.0\.6: 3 limits for 2 values/],
  ['a table name that is none', [0, 5, '../../etc', [1], [2]], /records\.0\.2/],
  ['a number below zero', [-1, 5, TABLE, [1], [2]], /records\.0\.0/],
  ['text for a value', [0, 5, TABLE, [1], ['2']], /records\.0\.4\.0/],
  ['one part too many', [...R, '--', [null, null], 1], /records\.0/],
  ['one part too few', [0, 5, TABLE, [1]], /records\.0/],
  ['no list', {}, /records\.0/],
])('a record with %s is refused by name', (_what, wire, detail) => {
  const parsed = parsePayload(Samples, bytes({ v: 1, boot: 1, records: [wire] }));
  expect(parsed).toMatchObject({ ok: false, code: 'PAYLOAD_INVALID' });
  expect(parsed.ok ? '' : parsed.detail).toMatch(detail);
});

test('a gap or a receipt with an empty range is refused', () => {
  for (const gap of [[3, 3], [4, 3], [-1, 2], [1], [0.5, 2]])
    expect(parsePayload(Samples, bytes({ v: 1, boot: 1, records: [], gaps: [gap] })).ok).toBe(false);
  const receipt = { v: 1, node: 'N1', term: 1, stream: 1, through: 0, beyond: [[5, 5]] };
  expect(parsePayload(Receipt, bytes(receipt)).ok).toBe(false);
  expect(parsePayload(Receipt, bytes({ ...receipt, beyond: [[5, 6]] })).ok).toBe(true);
});

const TWO = { sensors: ['a', 'b'], units: [['C', 2]] };
test.each([
  ['a name twice', { sensors: ['a', 'a'], units: [['C', 2]] }, /sensors: each name once/],
  ['units for fewer', { sensors: ['a', 'b'], units: [['C', 1]] }, /units: stand for 1 sensors of 2/],
  ['a unit that is none', { sensors: ['a'], units: [['K', 1]] }, /units\.0/],
  ['a name that is empty', { sensors: [''], units: [['C', 1]] }, /sensors\.0/],
  ['facts of no sensor', { sensors: ['a'], units: [['C', 1]], facts: [[1, 90]] }, /facts: of sensor 1 of 1/],
  [
    'facts twice',
    {
      ...TWO,
      facts: [
        [1, 90],
        [1, 80],
      ],
    },
    /facts: the sensors they are of grow/,
  ],
  [
    'facts that fall',
    {
      ...TWO,
      facts: [
        [1, 90],
        [0, 80],
      ],
    },
    /facts: the sensors they are of grow/,
  ],
  ['a component of more letters than there are', { ...TWO, facts: [[0, null, null, 2]] }, /facts: 2 letters of 'a'/],
  ['a component of no letters', { ...TWO, facts: [[0, null, null, 0]] }, /facts\.0\.3/],
  ['a component that is too long', { ...TWO, facts: [[0, null, null, 'x'.repeat(97)]] }, /facts\.0\.3/],
  ['a kind that is none', { ...TWO, facts: [[0, null, 'rust']] }, /facts\.0\.2/],
  ['a limit that is text', { ...TWO, facts: [[0, '90']] }, /facts\.0\.1/],
  ['a part of facts too many', { ...TWO, facts: [[0, 90, null, 1, 1]] }, /facts\.0/],
  ['too many names', { sensors: Array.from({ length: 1201 }, (_, i) => `s${i}`), units: [['C', 1201]] }, /sensors/],
])('a name table with %s is refused by name', (_what, change, detail) => {
  const parsed = parsePayload(NameTable, bytes({ v: 1, boot: 1, table: TABLE, usage: [], ...change }));
  expect(parsed.ok ? '' : parsed.detail).toMatch(detail);
});

test('nothing whatever makes the codec throw', () => {
  const wire = fc.array(fc.oneof(fc.jsonValue(), fc.constantFrom(TABLE, [0], [null], '--', 1e308)), { maxLength: 8 });
  const message = fc.record({
    v: fc.constant(1),
    boot: fc.constant(1),
    records: fc.array(fc.oneof(wire, fc.constant(R))),
  });
  fc.assert(
    fc.property(message, (each) => {
      const parsed = parsePayload(Samples, bytes(each));
      if (parsed.ok) for (const one of parsed.value.records) decodeRecord(one);
    }),
    { numRuns: 2000 },
  );
});
