import { describe, expect, test } from 'vitest';
import { badgesOf, conditionOf } from '../../dashboard/condition.ts';
import { domainsOf, loadOf } from '../../dashboard/domains.ts';
import { huesOf } from '../../dashboard/hue.ts';
import { matching } from '../../dashboard/journal-filter.ts';
import { keyReadings } from '../../dashboard/key-readings.ts';
import { amountOf, reading, resourceName, resourcesOf } from '../../dashboard/quantity.ts';
import { ago, clock, span } from '../../dashboard/times.ts';
import { troublesOf } from '../../dashboard/troubles.ts';
import type { NodeView } from '../../protocol/view.ts';
import { calm, moving, node } from './scenario-7b.ts';

test.each([
  ['cpu', 1500, '1.5 cores'],
  ['cpu', 0, '0 cores'],
  ['memory', 32 * 1024 ** 3, '32 GiB'],
  ['disk', 1000, '1000 B'],
  ['disk', 1536, '1.5 KiB'],
  ['power', 104.26, '104 W'],
  ['gpu', 2, '2'],
])('%s %d reads %s', (resource, amount, words) => expect(amountOf(resource, amount)).toBe(words));

test.each([
  [null, 'RPM', '–'],
  [0, 'RPM', '0 RPM'],
  [47.25, 'C', '47.3 °C'],
  [2048, 'bytes/s', '2 KiB/s'],
  [3, 'count', '3'],
])('a reading of %s %s reads %s', (value, unit, words) => expect(reading(value, unit)).toBe(words));

test('resources stand in a known order, declared ones last, those of which there is none not at all', () => {
  expect(resourcesOf({ gpu: 1, disk: 1, power: 0, memory: 1, cpu: 1 })).toEqual(['cpu', 'memory', 'disk', 'gpu']);
  expect([resourceName('diskIo'), resourceName('cpu')]).toEqual(['Disk Io', 'CPU']);
});

test.each([
  [0, '0 s'],
  [59_400, '59 s'],
  [60_000, '1 min'],
  [7_200_000, '2 h'],
  [200_000_000, '2 d'],
])('%d ms lasts %s', (ms, words) => expect(span(ms)).toBe(words));

test('times', () => {
  expect([ago(1000, 1500), ago(1000, 5000), ago(9000, 5000)]).toEqual(['now', '4 s ago', 'now']);
  expect(clock(new Date(2026, 10, 23, 4, 5, 6).getTime())).toBe('04:05:06');
});

describe('a node in one word', () => {
  test.each<[Partial<NodeView>, string, string]>([
    [{}, 'ok', 'good'],
    [{ health: 'degraded' }, 'degraded', 'warning'],
    [{ health: 'failing' }, 'failing', 'bad'],
    [{ liveness: 'suspect', silenceMs: 3000, health: 'failing' }, 'suspect, silent 3 s', 'warning'],
    [{ liveness: 'dead', silenceMs: null }, 'dead', 'bad'],
    [{ liveness: 'fencing' }, 'being fenced', 'bad'],
    [{ liveness: 'lost' }, 'lost', 'bad'],
    [{ liveness: 'lost', replacement: 'awaiting-server' }, 'awaiting new server', 'busy'],
    [{ liveness: 'unknown' }, 'not heard yet', 'quiet'],
  ])('%o', (more, word, tone) => {
    expect(conditionOf(node('N1', 0, more))).toMatchObject({ word, tone });
  });

  test.each<[Partial<NodeView>, readonly string[]]>([
    [{}, []],
    [{ cordoned: true }, ['cordoned']],
    [{ cordoned: true, draining: true }, ['draining']],
    [{ draining: true, replacement: 'draining' }, ['replacement: draining']],
    [{ replacement: 'awaiting-server', takeover: 'manual' }, ['awaiting new server', 'taken over only by hand']],
  ])('badges of %o', (more, badges) => {
    expect(badgesOf(node('N1', 0, more)).map(({ text }) => text)).toEqual(badges);
  });
});

test('key readings: hottest, slowest fan, largest draw; a sensor without value does not count as 0', () => {
  const shown = keyReadings([
    { sensor: 'a', value: 40, unit: 'C' },
    { sensor: 'b', value: 61, unit: 'C' },
    { sensor: 'FAN1', value: 5000, unit: 'RPM' },
    { sensor: 'FAN2', value: null, unit: 'RPM' },
    { sensor: 'FAN3', value: 900, unit: 'RPM', level: 'critical' },
    { sensor: 'CPU', value: 60, unit: 'W' },
    { sensor: 'PSU', value: 140, unit: 'W' },
  ]);
  expect(shown.map(({ name, reading: { sensor } }) => [name, sensor])).toEqual([
    ['hottest', 'b'],
    ['slowest fan', 'FAN3'],
    ['power', 'PSU'],
  ]);
  expect(keyReadings([{ sensor: 'FAN', value: null, unit: 'RPM' }])).toEqual([]);
});

test('failure domains and nodes stand in the order in which a person counts', () => {
  const nodes = ['N10', 'N2', 'N1'].map((name) => node(name, 0, { domain: 'rack 2' }));
  const domains = domainsOf([...nodes, node('N3', 0, { domain: 'rack 10' })]);
  expect(domains.map(({ domain, nodes: members }) => [domain, ...members.map((member) => member.node)])).toEqual([
    ['rack 2', 'N1', 'N2', 'N10'],
    ['rack 10', 'N3'],
  ]);
});

test("a node's load is its fullest resource; a resource of which it has none does not count", () => {
  const loaded = node('N1', 0, {
    capacity: { cpu: 1000, memory: 100, gpu: 0 },
    demand: { cpu: 500, memory: 90, gpu: 1 },
  });
  expect(loadOf(loaded)).toBe(0.9);
});

describe("applications' colours", () => {
  const names = Array.from({ length: 9 }, (_, i) => `application-${i}`);
  test('as many applications as there are hues all differ', () => {
    expect(new Set(huesOf(names).values()).size).toBe(9);
  });
  test('do not depend on the order in which they are named, and more applications than hues still all have one', () => {
    expect(huesOf(names.toReversed())).toEqual(huesOf(names));
    expect(huesOf([...names, 'one-more']).size).toBe(10);
  });
  test('of a few applications are far apart', () => {
    const hues = [...huesOf(['cache', 'db', 'queue-worker', 'render']).values()].sort((a, b) => a - b);
    const gaps = hues.map((hue, i) => (hues[(i + 1) % hues.length]! - hue + 360) % 360);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(54);
  });
  test('stay while other applications come and go', () => {
    const before = huesOf(['db', 'web']);
    const after = huesOf(['a', 'b', 'c', 'web', 'db'], before);
    expect([after.get('db'), after.get('web')]).toEqual([before.get('db'), before.get('web')]);
  });
});

test('the filter finds lines that hold every word, in text, node or kind', () => {
  const texts = (filter: string) => matching(moving.journal, filter).map(({ id }) => id);
  expect(texts('')).toHaveLength(moving.journal.length);
  expect(texts('LOST fence')).toEqual([6]);
  expect(texts('no such thing')).toEqual([]);
});

test('troubles: the lost node first, then what waits by priority, then ailing hardware, then missed objectives', () => {
  const ailing = {
    ...moving,
    nodes: moving.nodes.map((each) =>
      each.node === 'N4' ? { ...each, health: 'degraded' as const, healthReasons: ['FAN2 turns too slowly'] } : each,
    ),
    apps: moving.apps.map((app) =>
      app.app === 'web' ? { ...app, objective: { value: 80, target: 50, missed: true, worst: null } } : app,
    ),
  };
  expect(troublesOf(ailing).map(({ subject, state }) => `${subject} ${state}`)).toEqual([
    'N1 lost',
    'db/0 waits',
    'N4 degraded',
    'web misses its objective',
  ]);
  expect(troublesOf(calm)).toEqual([]);
});

test('troubles: a fence that is held back and a quarantine say why, and what can be done', () => {
  const fenceHeld = { forMs: 1000, leftMs: 60_000, text: 'N4 is dead and may not be fenced yet' };
  const quarantine = { failures: 3, forMs: 1000, leftMs: 60_000, text: 'it failed 3 times within 60 min' };
  const braked = {
    ...calm,
    nodes: calm.nodes.map((each) => {
      if (each.node === 'N4') return { ...each, liveness: 'dead' as const, silenceMs: 9000, fenceHeld };
      return each.node === 'N5' ? { ...each, quarantine } : each;
    }),
  };
  expect(troublesOf(braked).map(({ subject, state, reasons }) => [subject, state, ...reasons])).toEqual([
    ['N4', 'dead, silent 9 s', fenceHeld.text],
    ['N5', 'is quarantined', quarantine.text],
  ]);
  expect(badgesOf(node('N4', 0, { fenceHeld, quarantine })).map(({ text }) => text)).toEqual([
    'quarantined',
    'fence held back',
  ]);
});
