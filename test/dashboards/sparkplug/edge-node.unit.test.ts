import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EdgeNode } from '../../../coordinator/dashboards/sparkplug/edge-node.ts';
import type { Reading, Unit } from '../../../protocol/reading.ts';
import type { Liveness, NodeView } from '../../../protocol/view.ts';
import { cannedView, node } from '../../cli/canned-view.ts';
import { captured } from './capture.ts';
import { knownOf, REBIRTH } from './host.ts';
import { judge } from './judge.ts';
import { encoded } from './protoc.ts';
import { messageIn, type RawMessage, type TappedConnection } from './tap.ts';

/* The edge node without clock and network, judged like a real one: whatever happens, and in whatever order. */

const NAME = { group: 'lab', edgeNode: 'e' };
const WALL_MS = 1_764_000_000_000;
const NCMD = { topic: 'spBv1.0/lab/NCMD/e', payload: encoded(REBIRTH) };

const isThere = ({ liveness }: NodeView) => liveness === 'alive' || liveness === 'suspect';

/** An edge node with its clock and the connections that it was given. */
function world(readingsMs = 1000) {
  const edge = new EdgeNode(NAME, readingsMs);
  const connections: TappedConnection[] = [];
  const said: RawMessage[] = [];
  let nowMs = 0;
  let bdSeq = -1;
  const wallMs = () => WALL_MS + Math.round(nowMs / 100); // near enough to be judged as of now
  let isOpen = false;
  let there: string[] = [];
  /** What is published in one look; how many. */
  const look = (most = 1000): number => {
    const messages = [...edge.take({ nowMs, wallMs: wallMs() }, most)].map(messageIn);
    for (const message of messages) connections.at(-1)?.events.push({ kind: 'publish', message });
    said.push(...messages);
    return messages.length;
  };
  return {
    edge,
    connections,
    said,
    look,
    pass: (ms: number) => {
      nowMs += ms;
    },
    show: (nodes: readonly NodeView[]) => {
      there = nodes.filter(isThere).map((each) => each.node);
      connections.at(-1)?.events.push({ kind: 'there', devices: there });
      edge.show({ ...cannedView(), nodes }, wallMs());
    },
    begin: () => {
      bdSeq = (bdSeq + 1) % 256;
      const { topic, payload } = edge.death(bdSeq, wallMs());
      connections.push({
        version: 4,
        isClean: true,
        expiry: 0,
        will: messageIn({ topic, payload, qos: 1 }),
        events: [
          { kind: 'connack' },
          { kind: 'subscribe', topic: NCMD.topic, qos: 1 },
          { kind: 'there', devices: there },
        ],
      });
      edge.begin(bdSeq);
      isOpen = true;
    },
    end: () => {
      edge.end();
      isOpen = false;
    },
    get isOpen() {
      return isOpen;
    },
    /** Only then hosts know whom to ask. */
    get isBorn() {
      return isOpen && (connections.at(-1)?.events.some(({ kind }) => kind === 'publish') ?? false);
    },
    /** Asked for and done in one go, as over a real connection. */
    rebirth: () => {
      connections.at(-1)?.events.push({ kind: 'delivered', message: messageIn(NCMD) });
      edge.rebirth();
      look(1);
    },
  };
}
type World = ReturnType<typeof world>;

const topicsOf = (messages: readonly RawMessage[]) => messages.map(({ topic }) => topic.replace('spBv1.0/lab/', ''));
const broken = ({ connections }: World) => {
  const verdicts = judge('lab', 'e', captured(connections), WALL_MS);
  return verdicts.broken.map((id) => `${id}: ${verdicts.of(id).faults[0]}`);
};

const reading = (sensor: string, value: number | null, unit: Unit = 'C'): Reading => ({ sensor, value, unit });
const liveness = fc.constantFrom<Liveness>('unknown', 'alive', 'alive', 'suspect', 'dead', 'fencing', 'lost');
const readings = fc.uniqueArray(
  fc
    .tuple(
      fc.constantFrom('a', 'b', 'c/d', 'é "\\ +#'),
      fc.option(fc.integer({ min: -3, max: 3 })),
      fc.constantFrom<Unit>('C', 'state', 'bytes', 'count'),
    )
    .map(([sensor, value, unit]) => reading(sensor, value, unit)),
  { selector: ({ sensor }) => sensor, maxLength: 4 },
);
const nodes = fc.uniqueArray(
  fc
    .tuple(fc.constantFrom('N1', 'N2', 'N3'), liveness, readings, fc.boolean())
    .map(([name, itsLiveness, its, cordoned]) => node(name, [], { liveness: itsLiveness, readings: its, cordoned })),
  { selector: (each) => each.node, maxLength: 3 },
);
const deed = fc.oneof(
  { weight: 4, arbitrary: nodes.map((each) => ({ kind: 'show' as const, nodes: each })) },
  { weight: 4, arbitrary: fc.constantFrom(1, 3, 100).map((most) => ({ kind: 'look' as const, most })) },
  { weight: 3, arbitrary: fc.constantFrom(10, 300, 1000, 5000).map((ms) => ({ kind: 'pass' as const, ms })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'rebirth' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'begin' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'end' as const }) },
);

test('whatever happens, what is said keeps to the specification, and in the end says what is', () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 40 }), nodes, (deeds, last) => {
      const it = world();
      for (const one of deeds) {
        if (one.kind === 'show') it.show(one.nodes);
        else if (one.kind === 'pass') it.pass(one.ms);
        else if (one.kind === 'look') {
          const count = it.look(one.most);
          if (!it.isOpen) expect(count).toBe(0);
        } else if (one.kind === 'rebirth' && it.isBorn) it.rebirth();
        else if (one.kind === 'begin') it.begin();
        else if (one.kind === 'end') it.end();
      }
      it.show(last);
      if (!it.isOpen) it.begin();
      for (let quiet = 0; quiet < 3; it.pass(2000)) quiet = it.look(2) === 0 ? quiet + 1 : 0;
      expect(broken(it)).toEqual([]);
      expectKnown(it, last);
    }),
    { numRuns: 40 },
  );
});

/** A host that heard the last session knows of each node that is there what is, and that the others are not there. */
function expectKnown({ connections }: World, last: readonly NodeView[]): void {
  const session = (connections.at(-1)?.events ?? []).flatMap((event) =>
    event.kind === 'publish' ? [event.message] : [],
  );
  for (const name of ['N1', 'N2', 'N3']) {
    const lifeline = topicsOf(session).filter((topic) => /^D(BIRTH|DEATH)|NBIRTH/.test(topic));
    const newest = lifeline.findLast((topic) => topic.endsWith(`/${name}`) || topic.startsWith('NBIRTH'));
    const view = last.find((each) => each.node === name);
    const isAlive = view !== undefined && isThere(view);
    expect(newest?.startsWith('DBIRTH') ?? false, `${name} after ${lifeline.join(' ')}`).toBe(isAlive);
    if (!isAlive) continue;
    const known = knownOf(name, session);
    expect(known['State/cordoned']).toBe(view.cordoned);
    for (const { sensor, value, unit } of view.readings) {
      const well = value === 1 ? true : value === 0 ? false : null;
      const shown = unit === 'state' ? well : unit === 'bytes' && value !== null ? Math.round(value / 2 ** 20) : value;
      expect(known[`Sensors/${sensor}`] ?? null, `${sensor} of ${name}`).toEqual(shown === null ? null : shown);
    }
    const gone = Object.keys(known).filter(
      (metric) => metric.startsWith('Sensors/') && !view.readings.some(({ sensor }) => `Sensors/${sensor}` === metric),
    );
    for (const metric of gone) expect(known[metric]).toBeNull();
  }
}

test('tck-id-payloads-sequence-num-incrementing: after 255 comes 0', () => {
  const it = world();
  it.begin();
  for (let round = 0; round < 600; round++) {
    it.show([node('N1', [], { readings: [reading('a', round)] })]);
    it.look();
    it.pass(1000);
  }
  expect(broken(it)).toEqual([]);
  expect(it.said.length).toBe(601); // births of edge node and device, then a change each
});

test('tck-id-payloads-dbirth-order: a large cluster is born over many looks, and says nothing else until it is', () => {
  const it = world();
  const all = Array.from({ length: 200 }, (_, index) => node(`N${index}`, []));
  it.show(all);
  it.begin();
  const looks: number[] = [];
  while (it.edge.isBeingBorn) {
    looks.push(it.look(40));
    it.show(all.map((each) => ({ ...each, cordoned: true })));
    it.pass(250);
  }
  expect(looks).toEqual([40, 40, 40, 40, 40, expect.any(Number)]);
  expect(
    topicsOf(it.said)
      .slice(0, 201)
      .filter((topic) => topic.includes('DATA')),
  ).toEqual([]);
  expect(broken(it)).toEqual([]);
});

test('before anything is known there is no birth; a node is born when it is heard, and dead when it is lost or forgotten', () => {
  const it = world();
  it.begin();
  expect(it.look()).toBe(0);
  it.show([node('N1', [], { liveness: 'unknown' })]);
  it.look();
  it.show([node('N1', []), node('N2', [])]);
  it.look();
  it.pass(1000);
  it.show([node('N1', [], { liveness: 'suspect' })]);
  it.look();
  it.show([node('N1', [], { liveness: 'dead' })]);
  it.look();
  it.show([]);
  it.look();
  const ofDevices = topicsOf(it.said).filter((topic) => !topic.startsWith('NDATA'));
  expect(ofDevices).toEqual(['NBIRTH/e', 'DBIRTH/e/N1', 'DBIRTH/e/N2', 'DDATA/e/N1', 'DDEATH/e/N2', 'DDEATH/e/N1']);
});

test('a sensor that trickles in brings at most one birth a second', () => {
  const it = world();
  it.begin();
  for (let count = 1; count <= 10; count++) {
    it.show([node('N1', [], { readings: Array.from({ length: count }, (_, index) => reading(`s${index}`, 1)) })]);
    it.look();
    it.pass(250);
  }
  expect(topicsOf(it.said)).toEqual(['NBIRTH/e', ...Array<string>(3).fill('DBIRTH/e/N1')]);
});

test('sensors are told at their pace, facts at theirs', () => {
  const it = world(10_000);
  it.begin();
  for (let second = 0; second < 25; second++) {
    it.show([node('N1', [], { readings: [reading('a', second)], cordoned: second % 2 === 1 })]);
    it.look();
    it.pass(1000);
  }
  const data = it.said.filter(({ topic }) => topic.includes('DDATA'));
  expect(data.length).toBe(24);
  const { 'Sensors/a': value } = knownOf('N1', it.said);
  expect(value).toBe(20);
});
