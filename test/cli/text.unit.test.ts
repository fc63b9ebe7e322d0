import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clean, shorten, widthOf } from '../../cli/clean-text.ts';
import { createSseParser, type SseEvent } from '../../cli/sse.ts';
import { table } from '../../cli/table.ts';

describe('clean', () => {
  test.each([
    ['plain', 'plain'],
    ['Grüße 你好', 'Grüße 你好'],
    ['\u001b[31mred', '\\u{001b}[31mred'],
    ['a\nb\tc', 'a b c'],
    ['\u202egnp.exe', '\\u{202e}gnp.exe'],
    ['\u009b1m', '\\u{009b}1m'],
    ['\ud800', '\\u{d800}'],
    [42, '42'],
  ])('%j', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  test('nothing that a terminal obeys is left, and cleaning twice changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
        expect(clean(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
        expect(clean(clean(text))).toBe(clean(text));
      }),
    );
  });
});

test('wide characters take two columns', () => {
  expect(widthOf('abc')).toBe(3);
  expect(widthOf('é')).toBe(1);
  expect(widthOf('你好')).toBe(4);
  expect(widthOf('🚀')).toBe(2);
});

test('shortened text fits, and says that something is left out', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }).map(clean), fc.integer({ min: 1, max: 30 }), (text, width) => {
      const short = shorten(text, width);
      expect(widthOf(short)).toBeLessThanOrEqual(width);
      if (widthOf(text) <= width) expect(short).toBe(text);
      else expect(short.endsWith('…')).toBe(true);
    }),
  );
});

describe('table', () => {
  const columns = [
    { title: 'NAME', shrinkTo: 6 },
    { title: 'N', align: 'right' as const },
    { title: 'WHY', shrinkTo: 5 },
  ];
  test('columns are aligned under their titles', () => {
    expect(
      table(columns, [
        ['web', 1, null],
        ['queue', 10, 'a reason'],
      ]),
    ).toBe('NAME    N  WHY\nweb     1  -\nqueue  10  a reason\n');
  });
  test('a narrow terminal cuts the widest columns that may be cut', () => {
    expect(table(columns, [['long-name', 1, 'a very long reason']], 20)).toBe(
      'NAME     N  WHY\nlong-n…  1  a very …\n',
    );
  });
  test('colour does not count as width', () => {
    const red = (text: string) => `\u001b[31m${text}\u001b[39m`;
    expect(table(columns, [[{ text: 'web', style: red }, 1, 'x']])).toBe(
      'NAME  N  WHY\n\u001b[31mweb\u001b[39m   1  x\n',
    );
  });
  test('every line has the width asked for, where columns allow', () => {
    const cell = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, fc.nat(999), cell), { maxLength: 10 }),
        fc.integer({ min: 18, max: 120 }),
        (rows, width) => {
          for (const line of table(columns, rows, width).trimEnd().split('\n'))
            expect(widthOf(line)).toBeLessThanOrEqual(width);
          expect(table(columns, rows, width).trimEnd().split('\n')).toHaveLength(rows.length + 1);
        },
      ),
    );
  });
});

describe('server-sent events', () => {
  function read(chunks: readonly string[]): SseEvent[] {
    const events: SseEvent[] = [];
    const parse = createSseParser((event) => events.push(event));
    for (const chunk of chunks) parse(chunk);
    return events;
  }
  const STREAM =
    '\uFEFF: comment\n\nevent: view\ndata: {"a":1}\n\ndata: one\ndata:two\nid: 3\n\r\nevent: none\n\nevent: journal\r\ndata\r\n\r\n';
  const EVENTS = [
    { event: 'view', data: '{"a":1}' },
    { event: 'message', data: 'one\ntwo' },
    { event: 'journal', data: '' },
  ];

  test('events are taken from the stream', () => {
    expect(read([STREAM])).toEqual(EVENTS);
  });
  test('an event that is not complete is none yet', () => {
    expect(read(['event: view\ndata: x\n'])).toEqual([]);
  });
  test('however the stream is cut into chunks and its lines end, the events are the same', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: STREAM.length }), { maxLength: 12 }),
        fc.constantFrom('\n', '\r', '\r\n'),
        (cuts, end) => {
          const text = STREAM.replaceAll('\r\n', '\n').replaceAll('\n', end);
          const at = [0, ...[...cuts].sort((a, b) => a - b), text.length];
          expect(read(at.slice(1).map((cut, i) => text.slice(at[i], cut)))).toEqual(EVENTS);
        },
      ),
    );
  });
});
